import type { Clock } from "../ports/clock.js";
import type { LaneLoad } from "./local-lane.js";
import type { LocalLanes } from "./local-lanes.js";
import type { LocalSagaStore } from "./local-saga-store.js";
import type { Reading } from "./store-reader.js";

/** Notes are this old at most, milliseconds, while anything changes. */
export const notePauseMs = 1_000;

const write = `
  INSERT OR REPLACE INTO backstep_lanes
    (lane, visible, in_flight, delayed, oldest_at, sent, done, concurrency, wakes_to, at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const clear = "DELETE FROM backstep_lanes";

/** What the notes stand on. */
export interface LaneNotesOptions {
  readonly store: LocalSagaStore;
  readonly lanes: LocalLanes;
  readonly clock: Clock;
  /** Lanes that are noted from the start. */
  readonly names: readonly string[];
  /** The last event of another process that is in the lanes. */
  readonly wakesTo: () => number;
}

/**
 * What an engine and its operators tell each other about lanes, through the file: how each stands, and how
 * many events it may work at once. An engine that does nothing writes nothing.
 */
export class LaneNotes {
  readonly #options: LaneNotesOptions;
  readonly #selectLimits: Reading;
  /** What was noted of each lane, but for the time. */
  readonly #noted = new Map<string, string>();
  #isDue = false;
  #isClosed = false;

  constructor(options: LaneNotesOptions) {
    this.#options = options;
    this.#selectLimits = options.store.reading("SELECT lane, concurrency FROM backstep_lane_limits");
  }

  /** Drops the notes of the engine before. */
  open(): void {
    this.obey();
    void this.#options.store.run(clear, []).catch(() => undefined);
    this.#write();
  }

  /** Takes note, soon, that the lanes have changed. */
  changed(): void {
    if (this.#isDue || this.#isClosed) return;
    this.#isDue = true;
    this.#options.clock.after(notePauseMs, () => {
      this.#isDue = false;
      if (!this.#isClosed) this.#write();
    });
  }

  /** Works as many events at once as operators have said. */
  obey(): void {
    const limits = this.#selectLimits.rows([]).map(([lane, most]) => [String(lane), Number(most)] as const);
    if (this.#options.lanes.limit(new Map(limits))) this.changed();
  }

  /** Leaves no notes; the store must be closed after it. */
  close(): void {
    this.#isClosed = true;
    void this.#options.store.run(clear, []).catch(() => undefined);
  }

  #write(): void {
    const { store, lanes, clock, names, wakesTo } = this.#options;
    const now = clock.now();
    for (const [lane, load] of lanes.loads(names)) {
      const values = [...valuesOf(load), wakesTo()];
      const text = values.join();
      if (this.#noted.get(lane) === text) continue;
      this.#noted.set(lane, text);
      store.run(write, [lane, ...values, now]).catch(() => {
        this.#noted.delete(lane);
        this.changed();
      });
    }
  }
}

function valuesOf(load: LaneLoad): readonly (number | null)[] {
  const { visible, inFlight, delayed, oldestAt = null, sent, done, concurrency } = load;
  return [visible, inFlight, delayed, oldestAt, sent, done, concurrency];
}
