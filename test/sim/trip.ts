import { defineEvent, defineSaga, needs } from "backstep";
import { createMemoryWorld, type MemoryWorld, type MemoryWorldOptions } from "backstep/testing";
import { z } from "zod";
import type { EnvelopeKind } from "../../src/core/envelope.js";
import type { InstanceState } from "../../src/core/journal/state.js";
import type { Setup } from "../unit/runtime/shop.js";
import { Ledger, type Replies } from "./ledger.js";

const payload = z.object({ id: z.string() });

export const Paid = defineEvent({
  name: "trip.paid",
  payload: z.object({ id: z.string(), payment: z.string() }),
});
const Booked = defineEvent({ name: "trip.booked", payload });
const Done = defineEvent({ name: "trip.done", payload });
const Ended = defineEvent({ name: "trip.ended", payload });

interface Context {
  readonly services: { readonly ledger: Ledger };
  readonly idempotencyKey: string;
}

/** How a participant is called: forward by the step's key. */
export function forward(name: string) {
  return {
    output: z.object({ ref: z.string() }),
    run: async ({ services, idempotencyKey }: Context) => ({
      ref: await services.ledger.forward(name, idempotencyKey),
    }),
  };
}

/** As `forward`, and back by the same key. */
export function booking(name: string) {
  return {
    ...forward(name),
    compensate: ({ services, forwardKey }: Context & { readonly forwardKey: string }) =>
      services.ledger.back(name, forwardKey),
  };
}

/** seat → tell that it is booked → room → wait for payment → capture (pivot) → ticket → tell. */
export const trip = defineSaga({
  name: "trip",
  version: 1,
  input: payload,
  services: needs<{ readonly ledger: Ledger }>(),
  id: ({ id }) => id,
})
  .step("seat", { ...booking("seat"), retry: { attempts: 3 } })
  .emit("announce", Booked, ({ input }) => ({ id: input.id }), "none")
  .step("room", booking("room"))
  .waitFor("payment", {
    event: Paid,
    id: ({ id }) => id,
    within: { minutes: 10 },
    onLate: ({ services, event, idempotencyKey }) => services.ledger.refund(event.payment, idempotencyKey),
    compensate: ({ services, event, idempotencyKey }) =>
      services.ledger.refund(event.payment, idempotencyKey),
  })
  .pivot("capture", {
    ...forward("capture"),
    probe: ({ services, idempotencyKey }) => services.ledger.probe("capture", idempotencyKey),
    retry: { attempts: 2 },
  })
  .step("ticket", forward("ticket"))
  .emit("tell", Done, ({ input }) => ({ id: input.id }))
  .onEnd({ compensated: { emit: Ended, payload: ({ input }) => ({ id: input.id }) } })
  .build(({ results }) => ({ ticket: results.ticket.ref }));

/** The instance that every test starts. */
export const one = { saga: "trip", id: "t-1" } as const;

/** What a test may say about its world. */
export type TripOptions = Pick<
  MemoryWorldOptions<readonly [typeof trip]>,
  "faults" | "observer" | "visibility" | "seed"
> & { readonly guarded?: boolean };

/** A world with the trip in it, and its participants' books. */
export function openTrip(setup: Setup, replies: Replies = {}, options: TripOptions = {}) {
  const { guarded, ...more } = options;
  const ledger = new Ledger(replies, guarded);
  const { lanes, fuse } = setup;
  const world = createMemoryWorld({ ...more, sagas: [trip], services: { ledger }, lanes, fuse });
  ledger.clock = world.clock;
  return {
    world,
    ledger,
    start: () => world.start("trip", { id: one.id }),
    pay: (payment = "p-1") => world.signal("trip.paid", { id: one.id, payment }, { eventId: payment }),
    state: () => world.state(one),
    head: () => headOf(world),
    status: async () => (await headOf(world)).status,
    settled: async () => settledOf(await world.state(one)),
    published: () => new Set(world.bus.published.map(({ event }) => event.event)),
    disagreements: async () => disagreements(await world.state(one), ledger),
  };
}

/** A world with the trip in it. */
export type Trip = ReturnType<typeof openTrip>;

async function headOf(world: MemoryWorld) {
  const head = await world.store.head(one);
  if (head === undefined) throw new Error("The trip was never started.");
  return head;
}

function settledOf({ steps }: InstanceState) {
  return Object.fromEntries(Object.entries(steps).map(([name, step]) => [name, step.settled]));
}

/** G3 by the participants' own books: an effect stands if and only if its step is done. */
function disagreements({ saga, id, steps, open }: InstanceState, ledger: Ledger): string[] {
  return ["seat", "room", "capture", "ticket"].flatMap((step) => {
    const { settled = "running" } = steps[step] ?? { settled: "notStarted" };
    if (settled === "running" || settled === "unknown" || open[step] !== undefined) return [];
    const stands = ledger.holds(`${saga}/${id}/${step}`);
    if (stands === (settled === "done")) return [];
    return [`${step} is ${settled}, its effect ${stands ? "stands" : "does not"}`];
  });
}

/** Replaces a method of a live object, until the world ends: a wire that misbehaves. */
export function meddle<Target extends object, Name extends keyof Target>(
  target: Target,
  name: Name,
  make: (real: Target[Name]) => Target[Name],
): void {
  const real = target[name];
  if (typeof real !== "function") throw new Error(`"${String(name)}" is no method.`);
  target[name] = make(real.bind(target) as Target[Name]);
}

/** Loses wakes of a kind between sender and lane; the sender is told that they were sent. */
export function loseWakes(world: MemoryWorld, kind: EnvelopeKind, count = Number.POSITIVE_INFINITY): void {
  let left = count;
  meddle(world.lanes, "send", (send) => async (lane, envelope) => {
    if (envelope.kind === kind && left > 0) left -= 1;
    else await send(lane, envelope);
  });
}

/** Empties all lanes and the timer queue. */
export function purgeAll(world: MemoryWorld): void {
  for (const lane of world.registry.lanes) world.purge(lane);
  world.timers.purge();
}

/** Who gives the commands of tests. */
export const actor = { user: "tester" } as const;
