import { defineEvent, StepRefused } from "backstep";
import type { FaultKind, VirtualClock } from "backstep/testing";
import { z } from "zod";
import { Books } from "../worlds/books.js";

/** What the handlers of the explored sagas need. */
export interface Services {
  readonly books: Books;
  /** Lets time pass in a call. */
  readonly take: (seconds: number) => Promise<void>;
}

interface Call {
  readonly services: Services;
  readonly idempotencyKey: string;
}

/** What the explored sagas have in common. */
export const base = {
  version: 1,
  input: z.object({ id: z.string() }),
  id: ({ id }: { readonly id: string }) => id,
} as const;

/** The domain event that most of them wait for. */
export const Paid = defineEvent({ name: "paid", payload: z.object({ id: z.string(), nr: z.number() }) });

/** The payments of a story, with the ids that they are given. */
export function payments(...ids: readonly string[]) {
  return ids.map((id, at) => ({ event: Paid, payload: { id: "x-1", nr: at + 1 }, id }));
}

/** How all of them are explored, unless they say otherwise. */
export const common = {
  input: { id: "x-1" },
  commands: [],
  services: (clock: VirtualClock): Services => ({
    books: new Books(),
    take: (seconds) => clock.wait({ seconds }),
  }),
  books: ({ books }: Services) => books.effects,
} as const;

/** Faults of which no event is lost and no worker dies. */
export const mild: readonly FaultKind[] = [
  "nap",
  "resent",
  "twice",
  "race",
  "early",
  "late",
  "again",
  "meanwhile",
];

/** A step that takes some time, has an effect, and takes it back. */
export function booking(seconds: number) {
  return {
    run: async ({ services, idempotencyKey }: Call) => {
      await services.take(seconds);
      services.books.forward(idempotencyKey);
    },
    compensate: ({ services, forwardKey }: Call & { readonly forwardKey: string }) =>
      services.books.back(forwardKey),
  };
}

/** A step that is refused. */
export const soldOut = {
  run: () => {
    throw new StepRefused("sold out");
  },
  compensate: "readOnly",
} as const;

/** A wait for a payment; one that comes late is paid back. */
export const payment = {
  event: Paid,
  id: ({ id }: { readonly id: string }) => id,
  onLate: ({ services, event, idempotencyKey }: Call & { readonly event: { readonly nr: number } }) =>
    services.books.refund(`${event.nr}`, idempotencyKey),
  compensate: ({ services, event, idempotencyKey }: Call & { readonly event: { readonly nr: number } }) =>
    services.books.refund(`${event.nr}`, idempotencyKey),
} as const;
