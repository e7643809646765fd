import type { Head } from "../../ports/saga-store.js";
import { envelope } from "../events.js";
import type { Operator } from "./operator.js";

/** Resends of a watchdog stay below it. */
const firstGen = 1_000_000;
const genMs = 60_000;

/**
 * Sees to it that somebody looks at an instance: a watch time now and, where queues do not tell what is on
 * its way, an event in a message group of its own, past whatever blocks the instance's. The journal is not
 * touched. Given again within a minute, its event is dropped as a copy.
 * @param head as read when it was found that nobody is at work on it
 * @returns `"moved"`: somebody has looked at it meanwhile, and nothing was done
 */
export async function wakeInstance(
  { store, queue, registry, clock, desk }: Operator,
  head: Head,
): Promise<"woken" | "moved"> {
  const { origin, rev, heals: _, ...projection } = head;
  const now = clock.now();
  if ((await store.updateHead(origin, rev, { ...projection, watchAt: now })) === "lost") return "moved";
  // An engine that knows its lanes takes what is due by itself, and only what it does not have in them.
  if ((await desk.group(origin)) !== undefined) return "woken";
  const gen = firstGen + (Math.floor(now / genMs) % firstGen);
  const facts = { kind: "watch", seq: head.n, cause: `${head.n}@doctor`, gen, group: gen, hops: 0 } as const;
  await queue.send(registry.laneOf(origin), envelope(origin, clock, facts));
  return "woken";
}
