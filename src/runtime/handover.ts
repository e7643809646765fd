import { agenda, type Call, openCalls, standsStill } from "../core/decide/agenda.js";
import type { Envelope, EnvelopeKind } from "../core/envelope.js";
import { statusOf } from "../core/journal/status.js";
import type { SagaPlan } from "../core/plan/plan.js";
import { hasWaits } from "../core/plan/walk.js";
import type { Head, HeadProjection } from "../ports/saga-store.js";
import { envelope, projectionOf } from "./events.js";
import type { JournalWriter } from "./journal-writer.js";
import type { Surroundings } from "./settings.js";

/**
 * What a run does when it has done what it may: domain events, timers, the next lane events, the head; in
 * that order.
 */
export class Handover {
  constructor(
    private readonly around: Surroundings,
    private readonly writer: JournalWriter,
  ) {}

  private get event(): Envelope {
    return this.writer.event;
  }

  /**
   * Hands the instance over.
   * @returns false if it has moved meanwhile: drive it again
   */
  async finish(plan: SagaPlan): Promise<boolean> {
    const { writer, around } = this;
    const now = around.clock.now();
    const { input, calls, wakeAt } = agenda(plan, writer.state, writer.mail, now);
    if (input !== undefined) return false;
    await writer.publishOwed();
    const isOnQueue = wakeAt !== undefined && (await this.sendTimer(plan, wakeAt, now));
    const isSent = await this.sendNext(plan, calls);
    const watchAt = this.watchTime(calls, wakeAt, isOnQueue, isSent, now);
    const isPassing = calls.length > 0 || (isOnQueue && statusOf(writer.state) === "running");
    const until = isPassing ? (calls.length > 0 ? now : wakeAt) : undefined;
    const latest = isOnQueue ? undefined : wakeAt;
    if (!this.isWatched(watchAt, until, latest)) {
      const isHealing = around.timers.horizonMs > 0 && watchAt !== latest;
      if (!(await this.writeHead(watchAt, isHealing))) return false;
    }
    return writer.hasLooked || !(await this.hasNewMail(plan));
  }

  /**
   * Hands over an instance that stands still, without its definition; one that was let go on is looked at.
   */
  async close(): Promise<void> {
    const { writer, around } = this;
    do await writer.publishOwed();
    while (!(await this.writeHead(standsStill(writer.state) ? undefined : around.clock.now())));
  }

  private async sendTimer(plan: SagaPlan, dueAt: number, now: number): Promise<boolean> {
    const { timers, clock } = this.around;
    if (dueAt - now > timers.horizonMs) return false;
    const { state } = this.writer;
    const { kind, gen } = this.event;
    const isEarly = kind === "timer" || this.isEarly(plan);
    // Whoever sent a lane event has sent the timers before it; whoever starts an instance sends none.
    if (state.n > 0 && state.n <= this.writer.owedFrom && kind === "lane" && !isEarly) return true;
    // A wake that came early is armed once more, under a name that no queue has seen.
    const next = isEarly ? gen + 1 : gen;
    const facts = { kind: "timer", seq: state.n, cause: String(state.n), gen: next, hops: 0 } as const;
    await timers.send(plan.lane, envelope(state, clock, facts), dueAt);
    await this.writer.pass("afterEffect", "timer");
    return true;
  }

  /** @returns false if somebody else is to send what some of the calls are owed */
  private async sendNext(plan: SagaPlan, calls: readonly Call[]): Promise<boolean> {
    const { state, lane: own } = this.writer;
    let isSent = true;
    for (const lane of new Set(calls.map((call) => call.lane ?? own))) {
      const due = calls.filter((call) => (call.lane ?? own) === lane);
      const kind = this.kindFor(plan, lane, due);
      if (kind === undefined) {
        isSent = false;
        continue;
      }
      const cause = String(Math.max(...due.map(({ since }) => since)));
      const { gen, hops, group } = this.event;
      const facts = { kind, seq: state.n, cause, gen, hops: hops + 1 };
      const next = envelope(state, this.around.clock, group === undefined ? facts : { ...facts, group });
      await this.around.queue.send(lane, next);
      await this.writer.pass("afterEffect", `event to ${lane}`);
    }
    return isSent;
  }

  /**
   * Whether the event brought nothing, for by this worker's clock its call is not due yet: the clock of
   * whoever sent it is ahead.
   */
  private isEarly(plan: SagaPlan): boolean {
    const { state, lane } = this.writer;
    if (this.event.kind !== "lane" || state.n !== this.event.seq) return false;
    const now = this.around.clock.now();
    const ours = openCalls(plan, state, Number.POSITIVE_INFINITY).filter((call) => call.lane === lane);
    return ours.length > 0 && ours.every(({ key }) => (state.open[key]?.dueAt ?? 0) > now);
  }

  /**
   * The event that calls of a lane are owed; `undefined`: they have theirs, or whoever watches sends one. A
   * `lane` event says that nobody has begun them.
   */
  private kindFor(plan: SagaPlan, lane: string, due: readonly Call[]): EnvelopeKind | undefined {
    const { kind, seq } = this.event;
    const isFresh = due.some(({ since, paused, fuse }) => {
      if (this.writer.wrote(since) || kind === "resume") return true;
      // What became due since then is owed an event, unless whoever wrote the entry calls it in the same run.
      if (kind === "lane") return since > seq ? !(fuse && lane === this.writer.lane) : this.isSole(plan);
      return (kind === "command" && since === seq) || (kind === "timer" && paused);
    });
    if (isFresh) return "lane";
    const isWatched = kind === "watch" && this.writer.lane === plan.lane && lane !== plan.lane;
    return isWatched ? "watch" : undefined;
  }

  /**
   * Whether the event stands for calls of other lanes, too: the start sends one, to the first lane; and where
   * nothing has come of an event, its calls have moved to other lanes since it was sent.
   */
  private isSole(plan: SagaPlan): boolean {
    const { seq } = this.event;
    return this.writer.state.n === seq || (seq === 0 && this.writer.lane === plan.lane);
  }

  /**
   * When someone must look again; `undefined`: no one need. A time that is there stays where it may be the
   * one that sends what is owed: a copy of an old event must not put it off.
   */
  private watchTime(
    calls: readonly Call[],
    wakeAt: number | undefined,
    isOnQueue: boolean,
    isSent: boolean,
    now: number,
  ): number | undefined {
    const { healMs, timerGraceMs } = this.around.settings;
    const times = wakeAt === undefined ? [] : [isOnQueue ? wakeAt + timerGraceMs : wakeAt];
    if (calls.length > 0) times.push(now + healMs);
    if (!isSent && this.writer.head.watchAt !== undefined) times.push(this.writer.head.watchAt);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /**
   * Whether the head may stay as it is: it says the same already, or after a hop or a short delay it is
   * watched anyway.
   * @param passingUntil when a hop or a short delay is over; `undefined`: it is neither
   * @param latest when a timer is due that the watch time alone wakes
   */
  private isWatched(
    watchAt: number | undefined,
    passingUntil: number | undefined,
    latest: number = Number.POSITIVE_INFINITY,
  ): boolean {
    const { head, state } = this.writer;
    const stored = head.watchAt;
    if (head.n === state.n && head.settled === state.n && stored === watchAt) return true;
    if (passingUntil === undefined || stored === undefined || watchAt === undefined) return false;
    // Before that the watchdog would only be in the way, and again every minute.
    return stored >= passingUntil && stored <= Math.min(watchAt + this.around.settings.healMs, latest);
  }

  private async writeHead(watchAt: number | undefined, isHealing = false): Promise<boolean> {
    const { writer, around } = this;
    const { state } = writer;
    const seen = projectionOf(state, state.n, watchAt);
    // An end is told from when its head says so: the watchdog looks back at what has ended since.
    const told = state.ended === undefined ? seen : { ...seen, updatedAt: around.clock.now() };
    const projection: HeadProjection = isHealing && watchAt !== undefined ? { ...told, heals: true } : told;
    if ((await this.around.store.updateHead(writer.head.origin, writer.head.rev, projection)) === "lost") {
      await writer.reload();
      return false;
    }
    const { origin, rev } = writer.head;
    const head: Head = { origin, rev: rev + 1, ...projection };
    writer.head = head;
    writer.hasLooked = false;
    await writer.pass("afterHead");
    return true;
  }

  /**
   * Looks into the mailbox after the head was written: whoever accepts mail looks at the head after the mail.
   */
  private async hasNewMail(plan: SagaPlan): Promise<boolean> {
    const { writer } = this;
    if (!hasWaits(plan)) return false;
    await writer.lookForMail();
    return agenda(plan, writer.state, writer.mail, this.around.clock.now()).input !== undefined;
  }
}
