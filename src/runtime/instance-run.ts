import { agenda, type Call, dueCalls } from "../core/decide/agenda.js";
import type { Input, Outcome } from "../core/decide/input.js";
import type { Envelope } from "../core/envelope.js";
import type { ParkReason } from "../core/journal/entry.js";
import { isSagaError, SagaError } from "../errors/saga-error.js";
import type { InstanceRef } from "../ports/saga-store.js";
import { errorInfo, makeCall } from "./calls.js";
import { Handover } from "./handover.js";
import { JournalWriter } from "./journal-writer.js";
import { loadInstance } from "./load.js";
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
  /** Calls that this event carries, or that this run has interrupted: it may make them. */
  private readonly carried = new Set<string>();
  private readonly pending = new Map<string, Promise<Pending>>();

  constructor(
    private readonly around: Surroundings,
    private readonly lane: string,
    private readonly event: Envelope,
    private readonly receives: number,
  ) {
    this.ref = { saga: event.saga, id: event.id };
  }

  /** Works the event. */
  async work(): Promise<void> {
    const loaded = await loadInstance(this.around.store, this.ref);
    if (loaded === undefined) return;
    const writer = new JournalWriter(this.around, this.ref, this.lane, loaded);
    await writer.pass("afterLoad");
    const handover = new Handover(this.around, writer, this.event);
    const registered = this.findDefinition(writer);
    if ("code" in registered) return this.standStill(writer, handover, registered);
    if (this.event.hops > this.around.settings.hopsMax) {
      const message = `more than ${this.around.settings.hopsMax} events without a wait: it looks like a loop`;
      return this.standStill(writer, handover, { code: "hopsExceeded", message });
    }
    await writer.publishOwed(handover.owedFrom);
    await this.takeOver(writer, registered);
    do await this.drive(writer, registered);
    while (!(await handover.finish(registered.plan)));
    await writer.pass("beforeAcknowledge");
  }

  /** Closes the event after it was delivered too often. */
  async giveUp(error: unknown): Promise<void> {
    const loaded = await loadInstance(this.around.store, this.ref);
    if (loaded === undefined) return;
    const writer = new JournalWriter(this.around, this.ref, this.lane, loaded);
    const handover = new Handover(this.around, writer, this.event);
    await writer.publishOwed(handover.owedFrom);
    const hasMovedOn = this.event.kind === "lane" && writer.state.n > this.event.seq;
    if (hasMovedOn || !this.hasWork(writer)) return;
    const why = error === undefined ? "the worker died" : errorInfo(error).message;
    const message = `its event was given up after ${this.receives} deliveries: ${why}`;
    await this.standStill(writer, handover, { code: "deadLetter", message });
  }

  private hasWork(writer: JournalWriter): boolean {
    const registered = this.findDefinition(writer);
    if ("code" in registered) return true;
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

  private async standStill(writer: JournalWriter, handover: Handover, reason: ParkReason): Promise<void> {
    await writer.park({ kind: "park", reason });
    await handover.close();
    await writer.pass("beforeAcknowledge");
  }

  /** Settles what an earlier worker may have begun, and says which calls this event may make. */
  private async takeOver(writer: JournalWriter, registered: Registered): Promise<void> {
    const { event } = this;
    const found = dueCalls(registered.plan, writer.state, this.around.clock.now()).filter((call) =>
      this.isOurs(call),
    );
    if (this.receives > 1 || event.kind === "watch") {
      if (found.length > 0) await writer.apply(registered, { kind: "interrupted", calls: found });
      for (const { key } of found) this.carried.add(key);
      return;
    }
    for (const { key, since } of found) {
      const isCarried =
        event.kind === "resume" ||
        (event.kind === "lane" && since <= event.seq) ||
        (event.kind === "command" && since === event.seq);
      if (isCarried) this.carried.add(key);
    }
  }

  /** Decides and calls until nothing is left that this run may do now. */
  private async drive(writer: JournalWriter, registered: Registered): Promise<void> {
    let unmoved: Input | undefined;
    for (;;) {
      const { input, calls } = agenda(registered.plan, writer.state, writer.mail, this.around.clock.now());
      if (input !== undefined) {
        const hasMoved = await writer.apply(registered, input);
        if (!hasMoved && unmoved?.kind === input.kind) throw this.stuck(input);
        unmoved = hasMoved ? undefined : input;
        continue;
      }
      const next = calls.find((call) => call.announce && this.mayMake(writer, call));
      if (next !== undefined) {
        this.carried.add(next.key);
        await writer.apply(registered, { kind: "begin", call: next });
        continue;
      }
      for (const call of calls) if (this.mayMake(writer, call)) this.make(writer, registered, call);
      if (this.pending.size === 0) return;
      await this.takeAnswer(writer, registered);
    }
  }

  private make(writer: JournalWriter, registered: Registered, call: Call): void {
    const startedAt = this.around.clock.now();
    const subject = { registered, state: writer.state, mail: writer.mail };
    const answer = makeCall(this.around, subject, call).then((outcome) => {
      return { call, outcome, tookMs: this.around.clock.now() - startedAt };
    });
    this.pending.set(nameOf(call), answer);
  }

  private async takeAnswer(writer: JournalWriter, registered: Registered): Promise<void> {
    const { call, outcome, tookMs } = await Promise.race(this.pending.values());
    this.pending.delete(nameOf(call));
    await writer.pass("afterHandler", call.key);
    const jitter = this.around.ids.random();
    await writer.apply(registered, { kind: "outcome", call, outcome, tookMs, jitter });
  }

  /**
   * Whether this run may make the call: the event carries it, it became due here and need not hop, or its
   * pause is over, for which nobody else holds an event.
   */
  private mayMake(writer: JournalWriter, call: Call): boolean {
    if (this.pending.has(nameOf(call)) || !this.isOurs(call)) return false;
    if (this.carried.has(call.key) || call.paused) return true;
    return writer.wrote(call.since) && (call.fuse || call.skip) && this.around.settings.timeLeftMs() > 0;
  }

  private isOurs({ lane }: Call): boolean {
    return lane === undefined || lane === this.lane;
  }

  private stuck(input: Input): SagaError {
    const name = `${this.ref.saga}/${this.ref.id}`;
    return new SagaError("INVARIANT_BROKEN", `"${name}" needs "${input.kind}", which changes nothing.`);
  }
}

function nameOf({ key, phase, attempt, epoch }: Call): string {
  return `${phase} ${key} ${attempt} ${epoch}`;
}
