import { defineEvent, defineSaga, needs, StepRefused } from "backstep";
import { z } from "zod";

export const Paid = defineEvent({ name: "toy.paid", payload: z.object({ id: z.string() }) });

/** A shop with one shelf and one till; a key is served once, and barred by its undo. */
export class Shop {
  shelf = 3;
  till = 0;
  refunds = 0;
  private readonly marks = new Map<string, "done" | "barred">();

  forward(key: string, effect: () => void): void {
    const mark = this.marks.get(key);
    if (mark === "barred") throw new StepRefused("too late");
    if (mark === undefined) effect();
    this.marks.set(key, "done");
  }

  back(key: string, effect: () => void): void {
    if (this.marks.get(key) === "done") effect();
    this.marks.set(key, "barred");
  }
}

/** What can be wrong with the saga. */
export type Bug = "none" | "undoTwice" | "dropsLate";

/** take → wait for payment → charge (pivot). */
export function toy(bug: Bug = "none") {
  const saga = defineSaga({
    name: "toy",
    version: 1,
    input: z.object({ id: z.string() }),
    services: needs<{ readonly shop: Shop }>(),
    id: ({ id }) => id,
  })
    .step("take", {
      run: ({ services: { shop }, idempotencyKey }) => shop.forward(idempotencyKey, () => (shop.shelf -= 1)),
      compensate: ({ services: { shop }, forwardKey }) => {
        if (bug === "undoTwice") shop.shelf += 1;
        else shop.back(forwardKey, () => (shop.shelf += 1));
      },
    })
    .waitFor("payment", {
      event: Paid,
      id: ({ id }) => id,
      within: { minutes: 10 },
      onLate: ({ services: { shop }, idempotencyKey }) =>
        shop.forward(idempotencyKey, () => (shop.refunds += 1)),
      compensate: ({ services: { shop }, idempotencyKey }) =>
        shop.forward(idempotencyKey, () => (shop.refunds += 1)),
    })
    .pivot("charge", {
      run: ({ services: { shop }, idempotencyKey }) => shop.forward(idempotencyKey, () => (shop.till += 1)),
      probe: () => "unknown" as const,
    })
    .build();
  if (bug !== "dropsLate") return saga;
  return {
    ...saga,
    nodes: saga.nodes.map((node) => (node.kind === "wait" ? { ...node, onLate: undefined } : node)),
  };
}

/** How the toy is explored. */
export const options = {
  input: { id: "t-1" },
  events: [{ event: Paid, payload: { id: "t-1" } }],
  services: () => ({ shop: new Shop() }),
  invariants: {
    "no more on the shelf than at first": ({ services }: { readonly services: { readonly shop: Shop } }) =>
      services.shop.shelf <= 3,
  },
};
