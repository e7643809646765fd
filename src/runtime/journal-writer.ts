import { standsStill } from "../core/decide/agenda.js";
import { type Decision, decide, decidePark } from "../core/decide/decide.js";
import type { EndValues, Input } from "../core/decide/input.js";
import type { JournalEntry, Mail } from "../core/journal/entry.js";
import type { InstanceState } from "../core/journal/state.js";
import { SagaError } from "../errors/saga-error.js";
import type { FaultPoint } from "../ports/fault-points.js";
import type { Head, InstanceRef } from "../ports/saga-store.js";
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
  head: Head;
  state: InstanceState;
  mail: readonly Mail[];
  entries: readonly JournalEntry[];
  /** The entries that this run wrote. */
  private readonly own = new Set<number>();
  /** The entries whose domain events this run has published. */
  private readonly published = new Set<number>();

  constructor(
    private readonly around: Surroundings,
    readonly ref: InstanceRef,
    readonly lane: string,
    loaded: Folded,
  ) {
    this.head = loaded.head;
    this.state = loaded.state;
    this.mail = loaded.mail;
    this.entries = loaded.entries;
  }

  /** Reads the instance again. */
  async reload(): Promise<void> {
    const { head, state, mail, entries } = await loadExisting(this.around.store, this.ref);
    this.head = head;
    this.state = state;
    this.mail = mail;
    this.entries = entries;
  }

  /** Reads the mailbox again: an event that came in time goes before a timeout. */
  async lookForMail(): Promise<void> {
    this.mail = await this.around.store.mail(this.ref);
  }

  /**
   * Decides an input over the newest state and writes what follows. Losing a race means: load and decide
   * again.
   */
  async apply(registered: Registered, input: Input): Promise<boolean> {
    return this.write(input, (now, current) => {
      const decision = decide(registered.plan, this.state, current, now);
      if (decision.kind !== "needsEnd") return decision;
      const values: EndValues = computeEnd(registered, decision.state, decision.status, now);
      return decide(registered.plan, this.state, current, now, values);
    });
  }

  /** Parks the instance as a whole; needs no definition. */
  async park(input: Extract<Input, { kind: "park" }>): Promise<boolean> {
    return this.write(input, (now) => decidePark(this.state, input.reason, now));
  }

  /** Whether this run wrote that entry. */
  wrote(n: number): boolean {
    return this.own.has(n);
  }

  /**
   * Publishes the domain events of later entries that this run has not: whoever wrote them may have died
   * before.
   */
  async publishOwed(after: number): Promise<void> {
    for (const entry of this.entries) {
      if (entry.n > after && !this.published.has(entry.n)) await this.publish(entry);
    }
  }

  /** Passes a fault point. */
  async pass(point: FaultPoint, what?: string): Promise<void> {
    await this.around.faults.at(point, {
      ...this.ref,
      n: this.state.n,
      ...(what === undefined ? {} : { what }),
    });
  }

  private async write(input: Input, decideNow: (now: number, input: Input) => Decision): Promise<boolean> {
    let current = input;
    for (let race = 0; race < racesMax; race += 1) {
      const decision = decideNow(this.around.clock.now(), current);
      if (decision.kind === "refused") throw decision.error;
      if (decision.kind !== "append") return false;
      const entry: JournalEntry = { ...decision.entry, nonce: this.around.ids.id(), lane: this.lane };
      if (await this.append(entry, decision.state)) {
        await this.accept(entry, decision.state);
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

  /**
   * Writes an entry. One of an instance that stands still or has ended, to which nobody need look, together
   * with a time to look at it: whoever dies after it leaves an instance that is watched.
   */
  private async append(entry: JournalEntry, after: InstanceState): Promise<boolean> {
    const { store, clock, settings } = this.around;
    if (!standsStill(this.state) && this.state.ended === undefined) {
      return (await store.append(this.ref, entry)) === "appended";
    }
    const { rev, settled, origin } = this.head;
    const projection = projectionOf(after, settled, clock.now() + settings.healMs);
    if ((await store.appendWatched(this.ref, entry, rev, projection)) === "lost") return false;
    this.head = { ...projection, origin, rev: rev + 1 };
    return true;
  }

  private async accept(entry: JournalEntry, after: InstanceState): Promise<void> {
    const before = this.state;
    this.state = after;
    this.entries = [...this.entries, entry];
    this.own.add(entry.n);
    this.around.observer.transition(this.ref, entry, before, after);
    await this.pass("afterAppend");
    await this.publish(entry);
  }

  private async publish({ n, publish }: JournalEntry): Promise<void> {
    if (publish === undefined) return;
    await this.around.bus.publish(this.ref, publish);
    this.published.add(n);
    await this.pass("afterEffect", `publish of entry ${n}`);
  }
}
