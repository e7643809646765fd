import type { JournalEntry } from "../core/journal/entry.js";
import type { InstanceState } from "../core/journal/state.js";
import type { InstanceRef } from "./saga-store.js";

/** A line that a handler logged. */
export interface LogLine {
  readonly ref: InstanceRef;
  readonly step: string;
  readonly message: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Is told what happens; must not throw, and nothing waits for it. */
export interface Observer {
  /** After an entry was written by this process, with the state before and after it. */
  transition(ref: InstanceRef, entry: JournalEntry, before: InstanceState, after: InstanceState): void;
  log(line: LogLine): void;
  /** A message that cannot be read, or a worker that failed and will be called again. */
  problem(
    error: unknown,
    about: { readonly lane: string; readonly body: unknown; readonly receives: number },
  ): void;
}

/** Tells no one. */
export const noObserver: Observer = {
  transition: () => undefined,
  log: () => undefined,
  problem: () => undefined,
};
