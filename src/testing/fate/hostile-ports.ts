import type { Clock } from "../../ports/clock.js";
import type { EventBus } from "../../ports/event-bus.js";
import type { EventQueue } from "../../ports/event-queue.js";
import type { InstanceRef, SagaStore } from "../../ports/saga-store.js";
import type { TimerQueue } from "../../ports/timer-queue.js";
import type { WatchIndex } from "../../ports/watch-index.js";
import type { Way } from "./fault-kinds.js";

/** Asks what becomes of something; `undefined`: it goes well. */
export type Ask = (about: InstanceRef | undefined, what: string, ways: readonly Way[]) => Way | undefined;

/** How late a delayed event is, milliseconds. */
export const delayMs = 45_000;

const reads: readonly Way[] = ["throttled"];
const writes: readonly Way[] = ["lostResponse", "resent", "throttled"];

/** A store behind a bad line. */
export function hostileStore(store: SagaStore, ask: Ask): SagaStore {
  const read = <Answer>(ref: InstanceRef | undefined, what: string, act: () => Promise<Answer>) =>
    transmit(ask(ref, what, reads), act);
  const write = <Answer>(ref: InstanceRef, what: string, act: () => Promise<Answer>) =>
    transmit(ask(ref, what, writes), act);
  return {
    writesHeadAlong: store.writesHeadAlong ?? false,
    create: (head) => write(head.origin, "create", () => store.create(head)),
    load: (ref) => read(ref, "load", () => store.load(ref)),
    head: (ref) => read(ref, "read head", () => store.head(ref)),
    mail: (ref) => read(ref, "read mail", () => store.mail(ref)),
    append: (ref, entry) => write(ref, `append ${entry.n}`, () => store.append(ref, entry)),
    appendWatched: (ref, entry, rev, projection) =>
      write(ref, `append ${entry.n}`, () => store.appendWatched(ref, entry, rev, projection)),
    updateHead: (ref, rev, projection) =>
      write(ref, `head ${projection.n}`, () => store.updateHead(ref, rev, projection)),
    putMail: (ref, mail) => write(ref, `mail ${mail.id}`, () => store.putMail(ref, mail)),
    list: (query) => read(undefined, "list", () => store.list(query)),
  };
}

/** A watch index behind a bad line. */
export function hostileIndex(index: WatchIndex, ask: Ask): WatchIndex {
  const read = <Answer>(what: string, act: () => Promise<Answer>) =>
    transmit(ask(undefined, what, reads), act);
  return {
    shards: index.shards,
    watched: (shard, query) => read("read watched", () => index.watched(shard, query)),
    ended: (shard, query) => read("read ended", () => index.ended(shard, query)),
    mark: (shard) => read("read mark", () => index.mark(shard)),
    moveMark: (shard, from, to) =>
      transmit(ask(undefined, "move mark", writes), () => index.moveMark(shard, from, to)),
  };
}

/** Lanes behind a bad line. */
export function hostileQueue(queue: EventQueue, clock: Clock, ask: Ask): EventQueue {
  return {
    async send(lane, envelope, started) {
      const { saga, id, kind, seq } = envelope;
      const ways: readonly Way[] = ["lost", "delayed", "lostResponse", "throttled"];
      const way = ask({ saga, id }, `send ${kind} ${seq} to ${lane}`, ways);
      if (way === "lost") return;
      // What comes later than others is read anew: only where nothing overtakes it a start is handed on.
      if (way === "delayed") return void clock.after(delayMs, () => void queue.send(lane, envelope));
      await transmit(way, () => queue.send(lane, envelope, started));
    },
  };
}

/**
 * A timer queue behind a bad line. It takes the longest delay that a sender may ask for, by whatever clock.
 */
export function hostileTimers(timers: TimerQueue, clock: Clock, ask: Ask): TimerQueue {
  return {
    horizonMs: timers.horizonMs,
    async send(lane, envelope, dueAt) {
      const { saga, id, seq } = envelope;
      const at = Math.min(dueAt, clock.now() + timers.horizonMs);
      const way = ask({ saga, id }, `send timer ${seq}`, ["lost", "lostResponse", "throttled"]);
      if (way !== "lost") await transmit(way, () => timers.send(lane, envelope, at));
    },
  };
}

/** An event bus behind a bad line. */
export function hostileBus(bus: EventBus, ask: Ask): EventBus {
  return {
    publish(from, events) {
      const names = events.map(({ event }) => event).join(" and ");
      const way = ask(from, `publish ${names}`, ["lostResponse", "throttled"]);
      return transmit(way, () => bus.publish(from, events));
    },
  };
}

async function transmit<Answer>(way: Way | undefined, act: () => Promise<Answer>): Promise<Answer> {
  if (way === "throttled") throw new Error("Too many requests.");
  const answer = await act();
  if (way === "lostResponse") throw new Error("The connection broke before the answer came.");
  return way === "resent" ? act() : answer;
}
