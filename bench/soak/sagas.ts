import { z } from "zod";
import type { EndStatus } from "../../src/core/journal/entry.js";
import { defineEvent, defineSaga, StepRefused } from "../../src/index.js";

/** Pays a bill. */
export const BillPaid = defineEvent({ name: "soak.bill.paid", payload: z.object({ id: z.string() }) });

const ParcelSent = defineEvent({ name: "soak.parcel.sent", payload: z.object({ id: z.string() }) });

const id = ({ id: given }: { readonly id: string }) => given;

/** Five steps with a pivot; some stumble over their second step, some are refused at their third. */
const trip = defineSaga({
  name: "trip",
  version: 1,
  input: z.object({ id: z.string(), fate: z.enum(["smooth", "stumbling", "refused"]) }),
  id,
})
  .step("reserve", { run: () => undefined, compensate: () => undefined })
  .step("hold", {
    run({ input, attempt }) {
      if (input.fate === "stumbling" && attempt === 1) throw new Error("busy");
    },
    compensate: () => undefined,
    retry: { attempts: 50, backoff: { initial: { milliseconds: 50 } } },
  })
  .step("check", {
    run({ input }) {
      if (input.fate === "refused") throw new StepRefused("no");
    },
    compensate: () => undefined,
    retry: { attempts: 50, backoff: { initial: { milliseconds: 50 } } },
  })
  .pivot("charge", { run: () => undefined, retry: { attempts: "unlimited" } })
  .step("ship", { run: () => undefined, retry: { attempts: "unlimited" } })
  .build();

/** Waits for its payment, which may come before the start, or not at all. */
const bill = defineSaga({ name: "bill", version: 1, input: z.object({ id: z.string() }), id })
  .step("write", { run: () => undefined, compensate: () => undefined })
  .waitFor("payment", {
    event: BillPaid,
    id,
    within: { seconds: 5 },
    onTimeout: "compensate",
    compensate: () => undefined,
  })
  .step("file", { run: () => undefined, compensate: () => undefined })
  .build();

/** Publishes a domain event for the delivery of the same id. */
const parcel = defineSaga({ name: "parcel", version: 1, input: z.object({ id: z.string() }), id })
  .pivot("pack", { run: () => undefined, retry: { attempts: "unlimited" } })
  .emit("send", ParcelSent, ({ input }) => ({ id: input.id }))
  .build();

/** Waits for what its parcel publishes. */
const delivery = defineSaga({ name: "delivery", version: 1, input: z.object({ id: z.string() }), id })
  .waitFor("parcel", {
    event: ParcelSent,
    id,
    within: { minutes: 1 },
    onTimeout: "compensate",
    compensate: "none",
  })
  .step("sign", { run: () => undefined, compensate: "none" })
  .build();

/** What the soak runs. */
export const sagas = [trip, bill, parcel, delivery] as const;

/** An instance to start, and how it must end. */
export interface Plan {
  readonly saga: "trip" | "bill" | "parcel" | "delivery";
  readonly id: string;
  readonly input: Readonly<Record<string, string>>;
  readonly end: EndStatus;
  /** When its payment comes, milliseconds after the start, or before it if negative; absent: never. */
  readonly paidAfterMs?: number;
}

/**
 * What is started as the n-th thing: of twenty 11 smooth trips, 2 that stumble, 2 refused; 3 bills, paid
 * before, paid after, never paid; a parcel and, later than it, its delivery.
 */
export function planOf(n: number): Plan {
  const of20 = n % 20;
  const name = String(n).padStart(8, "0");
  if (of20 >= 18) {
    const pair = { id: `p-${name.slice(0, -1)}`, end: "completed" } as const;
    return { ...pair, saga: of20 === 18 ? "parcel" : "delivery", input: { id: pair.id } };
  }
  if (of20 >= 15) {
    const one = { saga: "bill", id: `b-${name}`, input: { id: `b-${name}` } } as const;
    if (of20 === 15) return { ...one, end: "completed", paidAfterMs: -1 };
    return of20 === 16 ? { ...one, end: "completed", paidAfterMs: 1_000 } : { ...one, end: "compensated" };
  }
  const fate = of20 < 11 ? "smooth" : of20 < 13 ? "stumbling" : "refused";
  const end = fate === "refused" ? "compensated" : "completed";
  return { saga: "trip", id: `t-${name}`, input: { id: `t-${name}`, fate }, end };
}
