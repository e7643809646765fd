import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { standsStill } from "../../core/decide/agenda.js";
import type { Command } from "../../core/decide/input.js";
import type { ServicesOf } from "../../core/definition/define-config.js";
import type { AnySaga } from "../../core/definition/nodes.js";
import type { Duration } from "../../core/duration.js";
import { durationMs } from "../../core/duration.js";
import type { ErrorInfo } from "../../core/journal/entry.js";
import type { InstanceState, Status } from "../../core/journal/state.js";
import { reasonOf, statusOf } from "../../core/journal/status.js";
import type { Instance } from "../../runtime/client.js";
import { type History, parseHistory } from "../history/history.js";
import { createMemoryWorld, type MemoryWorld } from "../memory-world.js";
import { clockAfter, enterHistory, wakeUp } from "./enter-history.js";
import { refusedBy } from "./refusing-services.js";

/** How a history goes on. */
export interface ContinueOptions<Sagas extends readonly AnySaga[]> {
  /** With the version that the history is of. */
  readonly sagas: Sagas;
  /** What the handlers get: fakes, or `refusingServices()`, which says what must be faked. */
  readonly services: ServicesOf<Sagas[number]>;
  /** What is done first. Default: a `retry` where it is parked, else nothing. */
  readonly command?: Command;
  /** How much virtual time it gets at most to come to rest. Default one hour. */
  readonly within?: Duration;
}

/** An instance after it went on. */
export interface ContinuedInstance extends Instance {
  readonly status: Status;
  /**
   * Why it does not go on by itself, with the error and its causes: it is parked, or still fails when the
   * time is over. Absent where it has ended, waits, or is held.
   */
  readonly stuck?: string;
  /** The world in which it went on: send it events, let time pass. */
  readonly world: MemoryWorld;
}

/**
 * Lets a recorded instance go on from its last entry, in memory and in virtual time, with today's
 * definitions, until it rests: so that what went wrong elsewhere goes wrong here, and no longer once it is
 * mended.
 *
 * @param history a file that `backstep pull` or `recordHistory` wrote, or its content
 * @throws SagaError TEST_INVALID where a handler called what `refusingServices` has no fake for; SAGA_UNKNOWN
 * or VERSION_CONFLICT where the sagas lack the version; COMMAND_REFUSED; HISTORY_INVALID; JOURNAL_CORRUPT
 *
 * @example
 * const { status, stuck } = await continueHistory("test/pulled/order-o-42.json", {
 *   sagas: [order],
 *   services: refusingServices<OrderServices>(),
 * });
 */
export async function continueHistory<const Sagas extends readonly AnySaga[]>(
  history: string | URL | History,
  options: ContinueOptions<Sagas>,
): Promise<ContinuedInstance> {
  const { services, within = { hours: 1 } } = options;
  const found = await readHistory(history);
  const { saga, id } = found.origin;
  const ref = { saga, id };
  const world = createMemoryWorld({ sagas: options.sagas, services, clock: clockAfter(found) });
  const before = await enterHistory(world, found);
  const { command = statusOf(before) === "parked" ? ({ kind: "retry" } as const) : undefined } = options;
  if (command !== undefined) await world.client.command(ref, command, { actor: { user: "test" } });
  await world.settle();
  await wakeUp(world, ref, (await world.state(ref)).n);
  await rest(world, () => world.state(ref), durationMs(within, "time to come to rest"));
  const [refused] = refusedBy(services);
  if (refused !== undefined) throw refused;
  const instance = await world.client.get(ref);
  const stuck = whyStuck(instance.state);
  return { ...instance, status: statusOf(instance.state), world, ...(stuck === undefined ? {} : { stuck }) };
}

async function readHistory(history: string | URL | History): Promise<History> {
  if (typeof history !== "string" && !(history instanceof URL)) return history;
  const file = typeof history === "string" ? history : fileURLToPath(history);
  return parseHistory(await readFile(file, "utf8"), file);
}

/** How much time passes between two looks: a watchdog finds whatever is due by then. */
const lookMs = 60_000;

async function rest(world: MemoryWorld, look: () => Promise<InstanceState>, withinMs: number): Promise<void> {
  const until = world.clock.now() + withinMs;
  await world.settle();
  for (let state = await look(); !isAtRest(state) && world.clock.now() < until; state = await look()) {
    await world.advance(Math.min(lookMs, until - world.clock.now()));
  }
}

/** Whether nothing of it goes on but what waits for a time or an event. */
function isAtRest(state: InstanceState): boolean {
  return standsStill(state) || Object.values(state.open).every(({ phase }) => phase === "wait");
}

function whyStuck(state: InstanceState): string | undefined {
  const parked = Object.values(state.open).find((activity) => activity.parked !== undefined);
  const failing =
    parked ?? Object.values(state.open).find(({ phase, attempt }) => phase !== "wait" && attempt > 1);
  const why = failing?.error === undefined ? "" : `: ${errorText(failing.error)}`;
  if (statusOf(state) === "parked") return `parked: ${reasonOf(state)}${why}`;
  if (failing === undefined || isAtRest(state)) return undefined;
  return `${failing.step} still fails, attempt ${failing.attempt}${why}`;
}

/** An error and what caused it, the nearest first. */
function errorText({ name, message, cause }: ErrorInfo): string {
  return `${name}: ${message}${cause === undefined ? "" : ` ← ${errorText(cause)}`}`;
}
