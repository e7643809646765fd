import { defineEvent, defineSaga, needs, StepRefused } from "backstep";
import { createMemoryWorld } from "backstep/testing";
import { z } from "zod";

/** One call of a handler, as the participant saw it. */
export interface Call {
  readonly what: string;
  readonly key: string;
}

/** What a participant answers to the calls of one name, in turn; the last answer stays. Default "ok". */
export type Script = Readonly<
  Record<string, readonly ("ok" | "no" | "boom" | "hang" | "absent" | "unknown")[]>
>;

/** Participants that follow a script and remember every call. */
export class Participants {
  readonly calls: Call[] = [];
  private readonly turns = new Map<string, number>();

  constructor(private readonly script: Script = {}) {}

  async call(what: string, key: string, signal?: AbortSignal): Promise<string> {
    this.calls.push({ what, key });
    const answers = this.script[what] ?? ["ok"];
    const turn = this.turns.get(what) ?? 0;
    this.turns.set(what, turn + 1);
    const answer = answers[Math.min(turn, answers.length - 1)];
    if (answer === "no") throw new StepRefused(`${what} says no`);
    if (answer === "boom") throw new Error(`${what} is down`);
    if (answer === "hang") await new Promise((resolve) => signal?.addEventListener("abort", resolve));
    return answer ?? "ok";
  }

  /** The names of the calls so far, in order. */
  get names(): string[] {
    return this.calls.map(({ what }) => what);
  }
}

export const Paid = defineEvent({ name: "paid", payload: z.object({ id: z.string(), payment: z.string() }) });
export const Ended = defineEvent({
  name: "shop.ended",
  payload: z.object({ id: z.string(), why: z.string() }),
});
export const Done = defineEvent({ name: "shop.done", payload: z.object({ id: z.string() }) });

const output = z.object({ ref: z.string() });

/** reserve → order → wait for payment → capture (pivot) → ship → tell. */
export const shop = defineSaga({
  name: "shop",
  version: 1,
  input: z.object({ id: z.string() }),
  services: needs<{ readonly shop: Participants }>(),
  id: ({ id }) => id,
  deadline: { hours: 2 },
})
  .step("reserve", {
    output,
    run: async ({ services, idempotencyKey, signal }) => ({
      ref: await services.shop.call("reserve", idempotencyKey, signal),
    }),
    compensate: ({ services, forwardKey }) => services.shop.call("release", forwardKey),
  })
  .step("order", {
    output,
    run: async ({ services, idempotencyKey, signal }) => ({
      ref: await services.shop.call("order", idempotencyKey, signal),
    }),
    compensate: ({ services, idempotencyKey }) => services.shop.call("unorder", idempotencyKey),
    compensateRetry: { attempts: 2 },
  })
  .waitFor("payment", {
    event: Paid,
    id: ({ id }) => id,
    within: { minutes: 30 },
    onLate: ({ services, event }) => services.shop.call("refund late", event.payment),
    compensate: ({ services, event }) => services.shop.call("refund", event.payment),
  })
  .pivot("capture", {
    output,
    run: async ({ services, results, signal }) => ({
      ref: await services.shop.call("capture", results.payment.payment, signal),
    }),
    probe: async ({ services, idempotencyKey }) => {
      const answer = await services.shop.call("find", idempotencyKey);
      return answer === "absent" || answer === "unknown" ? answer : { done: { ref: answer } };
    },
    retry: { attempts: 2 },
  })
  .step("ship", {
    output,
    run: async ({ services, idempotencyKey }) => ({ ref: await services.shop.call("ship", idempotencyKey) }),
    retry: { attempts: 3 },
  })
  .emit("tell", Done, ({ input }) => ({ id: input.id }))
  .onEnd({
    compensated: { emit: Ended, payload: ({ input, reason }) => ({ id: input.id, why: reason.message }) },
  })
  .build(({ results }) => ({ shipped: results.ship.ref }));

/** How the engine may be set up; every behaviour is the same in all of them. */
export const setups = [
  { name: "fused", lanes: "shared", fuse: true },
  { name: "hop", lanes: "shared", fuse: false },
  { name: "per-saga", lanes: "per-saga", fuse: true },
  { name: "per-step", lanes: "per-step", fuse: true },
] as const;

/** How the engine is set up. */
export type Setup = Omit<(typeof setups)[number], "name">;

/** The name of the instance that every test starts. */
export const one = { saga: "shop", id: "o-1" } as const;

/** A world with the shop in it. */
export function openShop(
  setup: Setup,
  script: Script = {},
  more: Partial<Parameters<typeof createMemoryWorld>[0]> = {},
) {
  const participants = new Participants(script);
  const { lanes, fuse } = setup;
  const world = createMemoryWorld({ ...more, sagas: [shop], services: { shop: participants }, lanes, fuse });
  return {
    world,
    participants,
    start: async () => {
      await world.start("shop", { id: "o-1" });
      await world.settle();
    },
    pay: async (payment = "p-1") => {
      await world.signal("paid", { id: "o-1", payment }, { eventId: payment });
      await world.settle();
    },
    status: async () => (await world.client.list({ limit: 10 })).heads[0]?.status,
    settled: async () => {
      const { steps } = await world.state(one);
      return Object.fromEntries(Object.entries(steps).map(([name, step]) => [name, step.settled]));
    },
  };
}
