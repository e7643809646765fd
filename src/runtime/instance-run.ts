import { type Agenda, agenda, type Call, openCalls, standsStill } from "../core/decide/agenda.js";
import type { Input, Outcome } from "../core/decide/input.js";
import type { Envelope } from "../core/envelope.js";
import type { ParkReason } from "../core/journal/entry.js";
import type { InstanceState } from "../core/journal/state.js";
import { isOver } from "../core/journal/status.js";
import { hasWaits } from "../core/plan/walk.js";
import { isSagaError, SagaError } from "../errors/saga-error.js";
import type { Head, InstanceRef } from "../ports/saga-store.js";
import { errorInfo, makeCall } from "./calls.js";
import { Handover } from "./handover.js";
import { JournalWriter } from "./journal-writer.js";
import { keepWatched } from "./keep-watched.js";
import { justStarted, loadInstance } from "./load.js";
import type { Registered } from "./registry.js";
import type { Surroundings } from "./settings.js";

/** A call that was made and has not been answered. */
interface Pending {
  readonly call: Call;
  readonly outcome: Outcome;
  readonly tookMs: number;
}

/** The work that one event makes: from loading the instance to handing it over. */
export class InstanceRun {
  private readonly ref: InstanceRef;
  /**
   * Calls that this event carries, by name and the entry that made them due: this run may make them. A replay
   * can make the same attempt due once more, and that one has an event of its own.
   */
  private readonly carried = new Set<string>();
  /** The keys of those calls: further attempts that this run makes due are its to make, too. */
  private readonly carriedKeys = new Set<string>();
  /** `atMostOnce` calls that this run has announced. */
  private readonly announced = new Set<string>();
  private readonly pending = new Map<string, Pending | Promise<Pending>>();

  constructor(
    private readonly around: Surroundings,
    private readonly lane: string,
    private readonly event: Envelope,
    private readonly receives: number,
  ) {
    this.ref = { saga: event.saga, id: event.id };
  }

  /**
   * Works the event.
   * @param started the head as the start wrote it. Nothing is read then: whatever came meanwhile wins the
   * race for an entry, or is in the mailbox, which is read before a timer fires and after the head is written
   */
  async work(started?: Head): Promise<void> {
    const loaded =
      started === undefined ? await loadInstance(this.around.store, this.ref) : justStarted(started);
    if (loaded === undefined) return;
    const writer = new JournalWriter(this.around, this.event, this.lane, loaded);
    await writer.pass("afterLoad");
    const handover = new Handover(this.around, writer);
    const registered = this.findDefinition(writer);
    if ("code" in registered) {
      if (isDone(writer)) return;
      await writer.park(registered, (state) => this.unmade(state));
      return this.leave(writer, handover);
    }
    if (this.event.hops > this.around.settings.hopsMax) {
      const message = `more than ${this.around.settings.hopsMax} events without a wait: it looks like a loop`;
      await writer.park({ code: "hopsExceeded", message });
      await this.takeOver(writer, registered);
      await this.defer(writer, registered);
      return this.leave(writer, handover);
    }
    await writer.publishOwed();
    await this.takeOver(writer, registered);
    do {
      do await this.drive(writer, registered);
      while (!(await this.defer(writer, registered)));
    } while (!(await handover.finish(registered.plan)));
    await writer.pass("beforeAcknowledge");
  }

  /** Closes the event after it was delivered too often. */
  async giveUp(error: unknown): Promise<void> {
    const loaded = await loadInstance(this.around.store, this.ref);
    if (loaded === undefined) return;
    const writer = new JournalWriter(this.around, this.event, this.lane, loaded);
    const handover = new Handover(this.around, writer);
    await writer.publishOwed();
    const hasMovedOn = this.event.kind === "lane" && writer.state.n > this.event.seq;
    const hasWork = this.hasWork(writer);
    if (!hasWork && writer.head.n === writer.state.n) return;
    // Whoever moved it on, or has ended it, may have died before the head said so.
    if (hasMovedOn || !hasWork) return this.callWatchdog();
    const registered = this.findDefinition(writer);
    const why = error === undefined ? "the worker died" : errorInfo(error).message;
    const message = `its event was given up after ${this.receives} deliveries: ${why}`;
    await writer.park({ code: "deadLetter", message });
    if (!("code" in registered)) await this.layDown(writer, registered);
    await this.leave(writer, handover);
  }

  private async callWatchdog(): Promise<void> {
    await keepWatched(this.around, this.ref, this.around.clock.now());
  }

  /** Notes that the calls of a given up event may have been begun, so that they can be made again later. */
  private async layDown(writer: JournalWriter, registered: Registered): Promise<void> {
    const open = openCalls(registered.plan, writer.state, this.around.clock.now());
    const ours = open.filter((call) => this.isOurs(call));
    for (const call of ours) this.carry(call);
    const begun = ours.filter(({ idle }) => !idle);
    if (begun.length > 0) await writer.apply(registered, { kind: "interrupted", calls: begun });
    await this.defer(writer, registered);
  }

  private hasWork(writer: JournalWriter): boolean {
    const registered = this.findDefinition(writer);
    if ("code" in registered) return !isDone(writer);
    const { input, calls } = agenda(registered.plan, writer.state, writer.mail, this.around.clock.now());
    return input !== undefined || calls.length > 0;
  }

  private findDefinition(writer: JournalWriter): Registered | ParkReason {
    try {
      return this.around.registry.of(writer.head.origin);
    } catch (error) {
      if (!isSagaError(error)) throw error;
      return { code: "versionMissing", message: `${error.problem} ${error.fix}` };
    }
  }

  /** Closes the event of an instance that was parked. */
  private async leave(writer: JournalWriter, handover: Handover): Promise<void> {
    await handover.close();
    await writer.pass("beforeAcknowledge");
  }

  /**
   * What a fresh event carries, by its key, as far as one can tell without a definition. What is found late,
   * or delivered again, may have been begun by a worker that had one.
   */
  private unmade({ open }: InstanceState): readonly string[] {
    if (this.receives > 1 || this.event.kind === "watch") return [];
    const now = this.around.clock.now();
    const carried = Object.entries(open).filter(([, { phase, parked, begun, since, dueAt }]) => {
      const isDue = phase !== "wait" && parked === undefined && (dueAt === undefined || dueAt <= now);
      return isDue && begun !== true && carries(this.event, { since, paused: dueAt !== undefined });
    });
    return carried.map(([key]) => key);
  }

  /** Settles what an earlier worker may have begun, and says which calls this event may make. */
  private async takeOver(writer: JournalWriter, registered: Registered): Promise<void> {
    const open = openCalls(registered.plan, writer.state, this.around.clock.now());
    const isUncertain = this.receives > 1 || this.event.kind === "watch";
    const ours = open.filter((call) => {
      return this.isOurs(call) && (isUncertain ? this.isLate(writer, call) : carries(this.event, call));
    });
    for (const call of ours) this.carry(call);
    const interrupted = ours.filter(({ begun, idle }) => begun || (isUncertain && !idle));
    if (interrupted.length > 0) await writer.apply(registered, { kind: "interrupted", calls: interrupted });
  }

  /**
   * Whether nobody may have an event for the call. One that became due after somebody was said to be late has
   * one: the wake was sent for what came before, and has waited behind it.
   */
  private isLate(writer: JournalWriter, { since }: Call): boolean {
    const { kind, sentAt } = this.event;
    const dueAt = writer.timeOf(since);
    const isWakeOlder = sentAt < dueAt && dueAt <= this.around.clock.now();
    return this.receives > 1 || kind !== "watch" || !isWakeOlder;
  }

  /**
   * Notes what is this run's to call, or to set a timer for, while the instance stands still, so that it can
   * go on later.
   * @returns false if it was let go on meanwhile: drive it again
   */
  private async defer(writer: JournalWriter, registered: Registered): Promise<boolean> {
    if (!standsStill(writer.state)) return true;
    const open = openCalls(registered.plan, writer.state, Number.POSITIVE_INFINITY);
    const calls = open.filter((call) => {
      return !call.begun && (this.carried.has(dueNameOf(call)) || writer.wrote(call.since));
    });
    if (calls.length === 0) return true;
    await writer.apply(registered, { kind: "defer", calls });
    return standsStill(writer.state);
  }

  /** Decides and calls until nothing is left that this run may do now. */
  private async drive(writer: JournalWriter, registered: Registered): Promise<void> {
    let unmoved: { readonly kind: Input["kind"]; readonly n: number } | undefined;
    for (;;) {
      const { input, calls } = await this.lookAround(writer, registered);
      if (input !== undefined) {
        const { kind } = input;
        const hasMoved = await writer.apply(registered, input);
        const { n } = writer.state;
        // Whoever loses its entry to another worker finds the instance elsewhere: that is not being stuck.
        if (!hasMoved && unmoved?.kind === kind && unmoved.n === n) throw this.stuck(input);
        unmoved = hasMoved ? undefined : { kind, n };
        continue;
      }
      const next = calls.find((call) => call.announce && this.mayMake(writer, call));
      if (next !== undefined) {
        this.carry(next);
        if (await writer.apply(registered, { kind: "begin", call: next }))
          this.announced.add(dueNameOf(next));
        continue;
      }
      for (const call of calls) if (this.mayMake(writer, call)) this.make(writer, registered, call);
      if (this.pending.size === 0) return;
      const { call, outcome, tookMs } = await this.nextAnswer();
      this.pending.delete(nameOf(call));
      await writer.pass("afterHandler", call.key);
      const jitter = this.around.ids.random();
      await writer.apply(registered, { kind: "outcome", call, outcome, tookMs, jitter });
    }
  }

  /**
   * What is to be done now. Before a timer fires, the mailbox is read again: an event in time goes before it.
   */
  private lookAround(writer: JournalWriter, { plan }: Registered): Agenda | Promise<Agenda> {
    const look = () => agenda(plan, writer.state, writer.mail, this.around.clock.now());
    const seen = look();
    return seen.input?.kind === "timer" && hasWaits(plan) ? writer.lookForMail().then(look) : seen;
  }

  private make(writer: JournalWriter, registered: Registered, call: Call): void {
    const startedAt = this.around.clock.now();
    const subject = { registered, state: writer.state, mail: writer.mail };
    const answered = (outcome: Outcome): Pending => {
      return { call, outcome, tookMs: this.around.clock.now() - startedAt };
    };
    const outcome = makeCall(this.around, subject, call);
    this.pending.set(nameOf(call), outcome instanceof Promise ? outcome.then(answered) : answered(outcome));
  }

  /** The first answer of the calls that were made. */
  private nextAnswer(): Pending | Promise<Pending> {
    if (this.pending.size > 1) return Promise.race(this.pending.values());
    const [only] = this.pending.values();
    return only as Pending | Promise<Pending>;
  }

  /** Whether this run may make the call: its event carries it, or it became due here and need not hop. */
  private mayMake(writer: JournalWriter, call: Call): boolean {
    const name = nameOf(call);
    if (this.pending.has(name) || !this.isOurs(call)) return false;
    if (call.begun) return this.announced.has(dueNameOf(call));
    if (this.carried.has(dueNameOf(call))) return true;
    if (!writer.wrote(call.since)) return false;
    const isAtOnce = (call.fuse || call.skip) && this.around.settings.timeLeftMs() > 0;
    return isAtOnce || this.carriedKeys.has(call.key);
  }

  private carry(call: Call): void {
    this.carried.add(dueNameOf(call));
    this.carriedKeys.add(call.key);
  }

  private isOurs({ lane }: Call): boolean {
    return lane === undefined || lane === this.lane;
  }

  private stuck(input: Input): SagaError {
    const name = `${this.ref.saga}/${this.ref.id}`;
    return new SagaError("INVARIANT_BROKEN", `"${name}" needs "${input.kind}", which changes nothing.`);
  }
}

/** Whether nothing is left to do, for which no definition is needed to see it. */
function isDone({ state, mail }: JournalWriter): boolean {
  return isOver(state) && mail.every(({ id }) => Object.hasOwn(state.taken, id));
}

/** Whether a fresh event carries a call: then nobody has begun it. */
function carries({ kind, seq }: Envelope, { since, paused }: Pick<Call, "since" | "paused">): boolean {
  if (kind === "resume") return true;
  if (kind === "command") return since === seq;
  return since <= seq && (kind === "lane" || (kind === "timer" && paused));
}

function dueNameOf(call: Call): string {
  return `${nameOf(call)} since ${call.since}`;
}

function nameOf({ key, phase, attempt, epoch }: Call): string {
  return `${phase} ${key} ${attempt} ${epoch}`;
}
