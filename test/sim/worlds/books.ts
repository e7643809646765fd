import { createGuard, MemoryGuardStore } from "backstep/participant";
import type { Effect } from "backstep/testing";
import { z } from "zod";

/** What handlers need: the other side. */
export interface Services {
  readonly books: Books;
}

interface Call {
  readonly services: Services;
  readonly idempotencyKey: string;
}

interface UndoCall extends Call {
  readonly forwardKey: string;
}

/** A guarded participant that writes down what it did, not what it was asked. */
export class Books {
  readonly effects: Effect[] = [];
  /** Payments paid back, in that order; each as often as that happened. */
  readonly refunds: string[] = [];
  // Nothing of it depends on the time.
  private readonly guard = createGuard(new MemoryGuardStore(), { participant: "books", now: () => 0 });

  /** Does something for a key, once. */
  forward(key: string): { readonly ref: string } {
    return this.guard.forward(key, () => {
      this.note("forward", key);
      return { ref: key };
    });
  }

  /** Takes back what was done for a key. */
  back(key: string): void {
    this.guard.undo(key, () => this.note("undo", key));
  }

  /** What became of a key; where nothing has, nothing will. */
  probe(key: string) {
    return this.guard.probe<{ ref: string }>(key);
  }

  /** Pays a payment back, once per key. */
  refund(payment: string, key: string): void {
    this.guard.forward(key, () => {
      this.refunds.push(payment);
      return null;
    });
  }

  private note(direction: Effect["direction"], key: string): void {
    const [saga = "", id = "", rest = ""] = key.split("/");
    const [step = ""] = rest.split("~");
    this.effects.push({ ref: { saga, id }, step, direction, key });
  }
}

/** A step that has an effect. */
export const forward = {
  output: z.object({ ref: z.string() }),
  run: ({ services, idempotencyKey }: Call) => services.books.forward(idempotencyKey),
};

/** The effect can be asked for. */
export const probe = {
  probe: ({ services, idempotencyKey }: Call) => services.books.probe(idempotencyKey),
};

/** A step that has an effect, and takes it back. */
export const booking = {
  ...forward,
  compensate: ({ services, forwardKey }: UndoCall) => services.books.back(forwardKey),
};
