import type { Actor } from "../../core/journal/entry.js";
import { SagaError } from "../../errors/saga-error.js";
import type { Clock } from "../../ports/clock.js";
import type { GroupFacts, LaneDesk, LaneFacts, LaneReport } from "../../ports/lane-desk.js";
import type { InstanceRef } from "../../ports/saga-store.js";
import { notePauseMs } from "../lane-notes.js";
import type { LocalSagaStore } from "../local-saga-store.js";
import type { Reading } from "../store-reader.js";

/** The most events that a lane may work at once. */
const concurrencyMax = 10_000;

/** How long after an entry its own event may be sent, milliseconds. */
const seenMs = 1_000;

/** What the desk stands on. */
export interface LocalLaneDeskOptions {
  readonly store: LocalSagaStore;
  readonly clock: Clock;
  readonly hasEngine: () => boolean;
  /** The lanes that steps of declared sagas use. */
  readonly lanes: readonly string[];
}

/** What an engine noted of a lane. */
interface LaneNote {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
  readonly oldestAt: number | null;
  readonly sent: number;
  readonly done: number;
  readonly concurrency: number;
  /** It was so from about then on, epoch milliseconds: an engine notes changes, a while after them. */
  readonly since: number;
}

/** Events of one lane that wait in the file. */
interface WaitingWakes {
  readonly count: number;
  readonly oldestAt: number;
}

/**
 * Sees lanes as their engine notes them in the file, together with what waits in the file itself; and leaves
 * in it what the engine is to obey.
 */
export class LocalLaneDesk implements LaneDesk {
  readonly #options: LocalLaneDeskOptions;
  readonly #notes: Reading;
  readonly #wakes: Reading;
  readonly #dead: Reading;
  readonly #limits: Reading;
  readonly #group: Reading;
  readonly #writtenAt: Reading;

  constructor(options: LocalLaneDeskOptions) {
    const { store } = options;
    this.#options = options;
    this.#notes = store.reading(`
      SELECT lane, visible, in_flight, delayed, oldest_at, sent, done, concurrency, at FROM backstep_lanes`);
    // With min() SQLite takes the other columns from the row that has it.
    this.#wakes = store.reading(`
      SELECT w.lane, count(*), CASE WHEN json_valid(body) THEN json_extract(body, '$.sentAt') END, min(seq)
      FROM backstep_wakes w LEFT JOIN backstep_lanes l ON ?1 AND l.lane = w.lane
      WHERE seq > coalesce(l.wakes_to, 0) GROUP BY w.lane`);
    this.#dead = store.reading(`
      SELECT lane, count(*) FROM backstep_dead_letters
      WHERE 'd-' || seq NOT IN (SELECT message FROM backstep_done) GROUP BY lane`);
    this.#limits = store.reading("SELECT lane, concurrency FROM backstep_lane_limits");
    // To look for the id in the text is cheaper than to read the JSON, and many may wait.
    this.#group = store.reading(`
      SELECT EXISTS (SELECT 1 FROM backstep_taken WHERE saga = ?1 AND id = ?2),
        count(*), count(*) FILTER (WHERE json_extract(body, '$.sentAt') > coalesce(?3 + ${seenMs}, -1))
      FROM backstep_wakes WHERE instr(body, ?2) > 0 AND json_valid(body)
        AND json_extract(body, '$.saga') = ?1 AND json_extract(body, '$.id') = ?2`);
    this.#writtenAt = store.reading(`
      SELECT coalesce((SELECT json_extract(entry, '$.at') FROM backstep_journal
        WHERE instance = key AND json_valid(entry) ORDER BY n DESC LIMIT 1), started_at)
      FROM backstep_instances WHERE saga = ? AND id = ?`);
  }

  async report(overMs: number): Promise<LaneReport> {
    const { clock, hasEngine } = this.#options;
    if (!hasEngine()) return { lanes: this.#factsOf(new Map(), new Map()), skipped: [withoutEngine] };
    const before = this.#readNotes();
    await new Promise<void>((resolve) => clock.after(overMs, resolve));
    return { lanes: this.#factsOf(before, this.#readNotes()), skipped: [] };
  }

  async group({ saga, id }: InstanceRef): Promise<GroupFacts> {
    const [writtenAt = null] = this.#writtenAt.row([saga, id]) ?? [];
    const [isTaken, all, unseen] = this.#group.row([saga, id, writtenAt]) ?? [];
    // What is taken without an engine was being worked when the last one died.
    const isInWork = isTaken === 1 && this.#options.hasEngine();
    // An event stays in the file while it is worked: what came before the last entry does not wait.
    return { isInWork, waiting: Number(isInWork ? unseen : all) };
  }

  async setConcurrency(
    lane: string,
    concurrency: number,
    { actor, reason }: { readonly actor: Actor; readonly reason?: string },
  ): Promise<number | undefined> {
    const { store, clock, lanes, hasEngine } = this.#options;
    if (!lanes.includes(lane)) throw unknownLane(lane, lanes);
    if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > concurrencyMax) {
      const fix = `Pass a whole number from 1 to ${concurrencyMax}.`;
      throw new SagaError("USAGE", `A lane cannot work ${concurrency} events at once.`, { fix });
    }
    const noted = hasEngine() ? this.#readNotes().get(lane)?.concurrency : undefined;
    const before = this.#readLimits().get(lane) ?? noted; // an engine notes a while later what it obeys
    const sql = `
      INSERT OR REPLACE INTO backstep_lane_limits (lane, concurrency, actor, reason, at)
      VALUES (?, ?, ?, ?, ?)`;
    await store.run(sql, [lane, concurrency, JSON.stringify(actor), reason ?? null, clock.now()]);
    return before;
  }

  #factsOf(
    before: ReadonlyMap<string, LaneNote>,
    notes: ReadonlyMap<string, LaneNote>,
  ): readonly LaneFacts[] {
    const now = this.#options.clock.now();
    const wakes = this.#readWakes(notes.size > 0);
    const dead = new Map(this.#dead.rows([]).map(([lane, count]) => [String(lane), Number(count)]));
    const limits = this.#readLimits();
    const names = new Set([...this.#options.lanes, ...notes.keys(), ...wakes.keys(), ...dead.keys()]);
    return [...names].sort().map((lane) => {
      const note = notes.get(lane);
      const waiting = wakes.get(lane);
      const oldestAt = Math.min(note?.oldestAt ?? Infinity, waiting?.oldestAt ?? Infinity);
      const concurrency = limits.get(lane) ?? note?.concurrency;
      return {
        lane,
        visible: (note?.visible ?? 0) + (waiting?.count ?? 0),
        inFlight: note?.inFlight ?? 0,
        delayed: note?.delayed ?? 0,
        dead: dead.get(lane) ?? 0,
        ...(oldestAt === Infinity ? {} : { oldestMs: Math.max(0, now - oldestAt) }),
        ...ratesOf(before.get(lane), note),
        ...(concurrency === undefined ? {} : { concurrency }),
      };
    });
  }

  #readNotes(): ReadonlyMap<string, LaneNote> {
    const readAt = this.#options.clock.now();
    return new Map(
      this.#notes.rows([]).map(([lane, visible, inFlight, delayed, oldestAt, sent, done, most, at]) => [
        String(lane),
        {
          visible: Number(visible),
          inFlight: Number(inFlight),
          delayed: Number(delayed),
          oldestAt: typeof oldestAt === "number" ? oldestAt : null,
          sent: Number(sent),
          done: Number(done),
          concurrency: Number(most),
          since: Math.max(Number(at), readAt - notePauseMs),
        },
      ]),
    );
  }

  /** @param isNoted whether an engine has said which of them are in its lanes */
  #readWakes(isNoted: boolean): ReadonlyMap<string, WaitingWakes> {
    const rows = this.#wakes.rows([isNoted ? 1 : 0]);
    return new Map(
      rows.map(([lane, count, sentAt]) => [
        String(lane),
        { count: Number(count), oldestAt: typeof sentAt === "number" ? sentAt : Infinity },
      ]),
    );
  }

  #readLimits(): ReadonlyMap<string, number> {
    return new Map(this.#limits.rows([]).map(([lane, most]) => [String(lane), Number(most)]));
  }
}

/** None where the same note was read twice at once, or another engine has started meanwhile. */
function ratesOf(
  before: LaneNote | undefined,
  now: LaneNote | undefined,
): Pick<LaneFacts, "arrivalsPerSecond" | "drainsPerSecond"> {
  if (before === undefined || now === undefined) return {};
  const seconds = (now.since - before.since) / 1_000;
  if (seconds <= 0 || now.sent < before.sent || now.done < before.done) return {};
  return {
    arrivalsPerSecond: (now.sent - before.sent) / seconds,
    drainsPerSecond: (now.done - before.done) / seconds,
  };
}

const withoutEngine =
  "No engine works the store: what waits in the file is told, and not how fast lanes are worked.";

function unknownLane(lane: string, known: readonly string[]): SagaError {
  const declared = known.map((name) => `"${name}"`).join(", ") || "none";
  return new SagaError("LANE_UNKNOWN", `No step runs in a lane "${lane}"; declared: ${declared}.`, {
    details: { lane, known },
  });
}
