import type { Act, Customer, When } from "../proof/customers.js";

/** When, in milliseconds after the opening, the carrier is down. */
export const carrierDown = { from: 2_500, until: 5_500 } as const;

/** What the customers of one run are made from. */
export interface DemoOptions {
  /** The number of the run: begins the ids of its orders. */
  readonly run: number;
  /** How long a customer may take to pay, milliseconds. */
  readonly windowMs: number;
}

/** A kind of customer. */
interface Kind {
  readonly story: string;
  readonly count: number;
  readonly sku?: string;
  /** @param at how many of this kind came before; @param placeAt when this one comes */
  readonly acts: (at: number, placeAt: number) => readonly DemoAct[];
}

type DemoAct = { readonly pay: When; readonly card?: "declined" } | { readonly cancel: When };

/** The article of which too few are there: a new one each run, so that every run sells it out. */
export function scarceArticle(run: number): string {
  return `print-${run}`;
}

/** The article whose warehouse takes nothing back. */
export const stuckArticle = "lamp";

function kindsOf({ run, windowMs }: DemoOptions): readonly Kind[] {
  const pays = (at: number) => [{ pay: { afterPlacing: 300 + 400 * at } }];
  const aroundDue = (ms: number) => [{ pay: { aroundDue: ms } }];
  return [
    { story: "pays", count: 2, sku: scarceArticle(run), acts: pays },
    { story: "pays", count: 6, acts: pays },
    {
      story: "pays with a bad card",
      count: 3,
      acts: (at) => [{ pay: { afterPlacing: 700 + 300 * at }, card: "declined" }],
    },
    { story: "never pays, warehouse closed", count: 2, sku: stuckArticle, acts: () => [] },
    { story: "never pays", count: 3, acts: () => [] },
    { story: "pays at the last moment", count: 4, acts: (at) => aroundDue([-3, -1, 0, 2][at] ?? 0) },
    { story: "pays late", count: 3, acts: (at) => aroundDue(400 + 300 * at) },
    {
      story: "pays while the carrier is down",
      count: 3,
      acts: (at, placeAt) => [
        { pay: { afterPlacing: Math.min(carrierDown.from + 500 + 300 * at - placeAt, windowMs - 500) } },
      ],
    },
    { story: "changes their mind", count: 2, acts: (at) => [{ cancel: { afterPlacing: 1_200 + 500 * at } }] },
    { story: "comes too late for a print", count: 2, sku: scarceArticle(run), acts: () => [] },
  ];
}

/** Thirty customers, one every 100 ms, the kinds mixed; those who come too late for a print come last. */
export function demoCustomers(options: DemoOptions): Customer[] {
  const kinds = kindsOf(options);
  const mixed = kinds
    .flatMap((kind, rank) =>
      Array.from({ length: kind.count }, (_, at) => ({ kind, at, place: turnOf(kind, at, rank) })),
    )
    .sort((one, other) => one.place - other.place);
  return mixed.map(({ kind, at }, place) => {
    const orderId = `${options.run}-${String(place + 1).padStart(2, "0")}`;
    const placeAt = 100 * place;
    const cents = 990 + 350 * (place % 7);
    const acts = kind.acts(at, placeAt).map((act): Act => {
      if ("cancel" in act) return { kind: "cancel", when: act.cancel };
      return { kind: "pay", when: act.pay, card: act.card ?? "good", paymentId: `pay-${orderId}`, cents };
    });
    return { orderId, story: kind.story, sku: kind.sku ?? "mug", quantity: 1, cents, placeAt, acts };
  });
}

/** Spreads each kind evenly over the others. */
function turnOf({ story, count }: Kind, at: number, rank: number): number {
  if (story.startsWith("comes too late")) return 2 + at;
  if (story.startsWith("never pays, ")) return at / 10;
  return (at + 0.5) / count + rank / 1_000;
}
