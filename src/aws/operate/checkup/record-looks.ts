import type { Clock } from "../../../ports/clock.js";
import type { OperatorStore } from "../../../ports/operator-store.js";
import type { WatchIndex } from "../../../ports/watch-index.js";
import { finding, type Look } from "./look.js";

const shownMax = 100;

/** Whether messages are kept that nobody could read. */
export function quarantineLook(records: Pick<OperatorStore, "kept">): Look {
  const look: Look["look"] = async () => {
    const { messages, cursor } = await records.kept({ kind: "unreadable", limit: shownMax });
    if (messages.length === 0) return {};
    const count = cursor === undefined ? messages.length : `more than ${shownMax}`;
    const problem = `Messages that nobody could read: ${count}.`;
    const fix = "Look at them, and drop each or send it again.";
    return { findings: [finding("unreadableMessage", problem, fix, "quarantine list")] };
  };
  return { what: "The kept messages", look };
}

/** It runs once a minute. */
const silentMs = 300_000;

/** Whether the watchdog goes round. */
export function watchdogLook(
  index: Pick<WatchIndex, "shards" | "mark">,
  clock: Pick<Clock, "now">,
  watchdog: string,
): Look {
  const look: Look["look"] = async () => {
    const shards = Array.from({ length: index.shards }, (_, shard) => shard);
    const marks = await Promise.all(shards.map((shard) => index.mark(shard)));
    const times = marks.flatMap((mark) => (mark === undefined ? [] : [mark.passAt, mark.handedTo]));
    if (times.length === 0) return { skipped: ["The watchdog has not gone round yet."] };
    const ms = clock.now() - Math.max(...times);
    if (ms <= silentMs) return {};
    const minutes = Math.floor(ms / 60_000);
    const problem = `The watchdog has not gone round for ${minutes} minutes: what is lost stays lost.`;
    const fix = `Read the log of the function "${watchdog}", and enable the schedule "${watchdog}".`;
    return { findings: [finding("deployment", problem, fix)] };
  };
  return { what: "The watchdog", look };
}
