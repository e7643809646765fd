import { defineEvent, defineSaga, needs, StepRefused } from "backstep";
import { z } from "zod";

/** Takes the calls of the shop's steps, and refuses what it is told to. */
export class Counter {
  readonly calls: string[] = [];
  readonly refuses = new Set<string>();

  async call(what: string): Promise<void> {
    this.calls.push(what);
    if (this.refuses.has(what)) throw new StepRefused(`${what} says no`);
  }

  /** The calls of one instance, in order. */
  of(id: string): string[] {
    return this.calls.filter((call) => call.endsWith(` ${id}`)).map((call) => call.split(" ")[0] ?? "");
  }
}

export const Paid = defineEvent({ name: "paid", payload: z.object({ id: z.string(), cents: z.int() }) });

const input = z.object({ id: z.string() });

/** reserve → wait for the payment → capture (pivot) → ship → thank: five steps and a wait with a timeout. */
export const shop = defineSaga({
  name: "shop",
  version: 1,
  input,
  services: needs<{ readonly counter: Counter }>(),
  id: ({ id }) => id,
})
  .step("reserve", {
    run: ({ input, services }) => services.counter.call(`reserve ${input.id}`),
    compensate: ({ input, services }) => services.counter.call(`release ${input.id}`),
  })
  .step("order", {
    run: ({ input, services }) => services.counter.call(`order ${input.id}`),
    compensate: ({ input, services }) => services.counter.call(`cancel ${input.id}`),
  })
  .waitFor("payment", { event: Paid, id: ({ id }) => id, within: { seconds: 2 }, compensate: "none" })
  .pivot("capture", { run: ({ input, services }) => services.counter.call(`capture ${input.id}`) })
  .step("ship", { run: ({ input, services }) => services.counter.call(`ship ${input.id}`) })
  .step("thank", { run: ({ input, services }) => services.counter.call(`thank ${input.id}`) })
  .build(({ results }) => ({ cents: results.payment.cents }));
