import { agenda, standsStill } from "../core/decide/agenda.js";
import { type Decision, decide, decidePark, type EntryDraft } from "../core/decide/decide.js";
import type { EndValues, Input } from "../core/decide/input.js";
import type { Envelope } from "../core/envelope.js";
import type { JournalEntry, Mail, ParkReason } from "../core/journal/entry.js";
import type { InstanceState } from "../core/journal/state.js";
import { isOver, statusOf } from "../core/journal/status.js";
import type { SagaPlan } from "../core/plan/plan.js";
import { SagaError } from "../errors/saga-error.js";
import { type FaultPoint, noFaults } from "../ports/fault-points.js";
import type { Head, HeadProjection, InstanceRef } from "../ports/saga-store.js";
import { computeEnd } from "./end-values.js";
import { projectionOf } from "./events.js";
import { type Folded, loadExisting } from "./load.js";
import type { Registered } from "./registry.js";
import type { Surroundings } from "./settings.js";

/**
 * Every lost race means that someone else moved the instance; this many in a row mean that something is
 * wrong.
 */
const racesMax = 100;

/** An instance under a worker's hands: its newest known state, and the one way of moving it. */
export class JournalWriter {
  readonly ref: InstanceRef;
  head: Head;
  state: InstanceState;
  mail: readonly Mail[];
  private entries: JournalEntry[];
  /**
   * Effects of entries up to this one are known to be sent. Only a lane event proves more than the head does.
   */
  readonly owedFrom: number;
  /** Whether the mailbox was read after the head was written last. */
  hasLooked = true;
  /** The entries that this run wrote. */
  private readonly own = new Set<number>();
  /** The entries whose domain events this run has published. */
  private readonly published = new Set<number>();

  constructor(
    private readonly around: Surroundings,
    readonly event: Envelope,
    readonly lane: string,
    loaded: Folded,
  ) {
    this.ref = { saga: event.saga, id: event.id };
    this.head = loaded.head;
    this.state = loaded.state;
    this.mail = loaded.mail;
    this.entries = [...loaded.entries];
    const { settled } = loaded.head;
    this.owedFrom = event.kind === "lane" ? Math.max(event.seq, settled) : settled;
  }

  /** Reads the instance again. */
  async reload(): Promise<void> {
    const { head, state, mail, entries } = await loadExisting(this.around.store, this.ref);
    this.head = head;
    this.state = state;
    this.mail = mail;
    this.entries = [...entries];
    this.hasLooked = true;
  }

  /** Reads the mailbox again: an event that came in time goes before a timeout. */
  async lookForMail(): Promise<void> {
    this.mail = await this.around.store.mail(this.ref);
    this.hasLooked = true;
  }

  /**
   * Decides an input over the newest state and writes what follows. Losing a race means: load and decide
   * again.
   */
  apply(registered: Registered, input: Input): Promise<boolean> {
    const { plan } = registered;
    return this.write(
      input,
      (now, current) => {
        const decision = decide(plan, this.state, current, now);
        if (decision.kind !== "needsEnd") return decision;
        const values: EndValues = computeEnd(registered, decision.state, decision.status, now);
        return decide(plan, this.state, current, now, values);
      },
      plan,
    );
  }

  /**
   * Parks the instance as a whole; needs no definition.
   * @param carried the keys of what the event carries and nobody makes now; they are called if in this lane
   */
  park(
    reason: ParkReason,
    carried: (state: InstanceState) => readonly string[] = () => [],
  ): Promise<boolean> {
    return this.write({ kind: "park", reason }, (now) => {
      return decidePark(this.state, reason, now, { keys: carried(this.state), lane: this.lane });
    });
  }

  /** Whether this run wrote that entry. */
  wrote(n: number): boolean {
    return this.own.has(n);
  }

  /** When an entry was written, by its writer's clock. */
  timeOf(n: number): number {
    return this.entries[n - 1]?.at ?? this.head.origin.startedAt;
  }

  /**
   * Publishes the domain events that are owed and that this run has not: whoever wrote their entries may have
   * died before.
   */
  async publishOwed(): Promise<void> {
    for (const entry of this.entries) if (this.isOwed(entry)) await this.publish(entry);
  }

  private isOwed({ n, publish }: JournalEntry): boolean {
    return publish !== undefined && n > this.owedFrom && !this.published.has(n);
  }

  /** Passes a fault point. */
  pass(point: FaultPoint, what?: string): void | Promise<void> {
    const { faults } = this.around;
    if (faults === noFaults) return;
    const { saga, id } = this.ref;
    return faults.at(point, { saga, id, n: this.state.n, ...(what === undefined ? {} : { what }) });
  }

  private async write(
    input: Input,
    decideNow: (now: number, input: Input) => Decision,
    plan?: SagaPlan,
  ): Promise<boolean> {
    let current = input;
    for (let race = 0; race < racesMax; race += 1) {
      const decision = decideNow(this.around.clock.now(), current);
      if (decision.kind === "refused") throw decision.error;
      if (decision.kind !== "append") return false;
      const entry = this.signed(decision.entry);
      if ((await this.append(entry, decision.state, plan)) === "appended") {
        this.accept(entry, decision.state);
        await this.pass("afterAppend");
        if (entry.publish !== undefined) await this.publish(entry);
        return true;
      }
      await this.reload();
      if (current.kind === "outcome") current = { ...current, contested: true };
    }
    throw new SagaError(
      "WRITE_CONFLICT",
      `"${this.ref.saga}/${this.ref.id}" lost ${racesMax} races in a row.`,
    );
  }

  /** The entry as this run writes it. Field by field: a field added to a spread is ten times as dear. */
  private signed({ n, at, cause, changes, publish }: EntryDraft): JournalEntry {
    const nonce = this.around.ids.id();
    if (publish === undefined) return { n, at, cause, changes, nonce, lane: this.lane };
    return { n, at, cause, changes, publish, nonce, lane: this.lane };
  }

  /**
   * Writes an entry. One of an instance that stands still or has ended, to which nobody need look, together
   * with a time to look at it: whoever dies after it leaves an instance that is watched. One after which the
   * instance rests with its head, where the store does both at once.
   */
  private append(entry: JournalEntry, after: InstanceState, plan?: SagaPlan): Promise<"appended" | "lost"> {
    const { store, clock, settings } = this.around;
    if (standsStill(this.state) || this.state.ended !== undefined) {
      // A time that is there may be the only wake of something that is due.
      const watchAt = Math.min(this.head.watchAt ?? Number.POSITIVE_INFINITY, clock.now() + settings.healMs);
      return this.appendWithHead(entry, projectionOf(after, this.head.settled, watchAt));
    }
    const rest = plan && store.writesHeadAlong ? this.restAfter(entry, after, plan) : undefined;
    return rest === undefined ? store.append(this.head.origin, entry) : this.appendAndRest(entry, rest);
  }

  private async appendAndRest(entry: JournalEntry, rest: HeadProjection): Promise<"appended" | "lost"> {
    if ((await this.appendWithHead(entry, rest)) === "lost") {
      return this.around.store.append(this.head.origin, entry);
    }
    this.hasLooked = false;
    return "appended";
  }

  private async appendWithHead(
    entry: JournalEntry,
    projection: HeadProjection,
  ): Promise<"appended" | "lost"> {
    const { rev, origin } = this.head;
    const answer = await this.around.store.appendWatched(origin, entry, rev, projection);
    if (answer === "appended") this.head = { origin, rev: rev + 1, ...projection };
    return answer;
  }

  /** The head after an entry that leaves nothing to do or to send; `undefined` if something is left. */
  private restAfter(
    { publish }: JournalEntry,
    after: InstanceState,
    plan: SagaPlan,
  ): HeadProjection | undefined {
    const isAtRest = isOver(after) || statusOf(after) === "waiting";
    if (publish !== undefined || !isAtRest) return undefined;
    const now = this.around.clock.now();
    const { input, calls, wakeAt } = agenda(plan, after, this.mail, now);
    if (input !== undefined || calls.length > 0) return undefined;
    const isForTimers = wakeAt !== undefined && wakeAt - now <= this.around.timers.horizonMs;
    if (isForTimers || this.entries.some((earlier) => this.isOwed(earlier))) return undefined;
    return projectionOf(after, after.n, wakeAt);
  }

  private accept(entry: JournalEntry, after: InstanceState): void {
    const before = this.state;
    this.state = after;
    this.entries.push(entry);
    this.own.add(entry.n);
    this.around.observer.transition(this.ref, entry, before, after);
  }

  private async publish({ n, publish = [] }: JournalEntry): Promise<void> {
    await this.around.bus.publish(this.ref, publish);
    this.published.add(n);
    await this.pass("afterEffect", `publish of entry ${n}`);
  }
}
