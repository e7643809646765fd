import type { Command } from "../../core/decide/input.js";
import type { AnySaga } from "../../core/definition/nodes.js";
import type { Actor } from "../../core/journal/entry.js";
import { isStepRefused } from "../../errors/saga-error.js";
import type { Instance } from "../../runtime/client.js";
import { createRegistry } from "../../runtime/registry.js";
import { clockAfter, enterHistory, wakeUp } from "../../testing/continue/enter-history.js";
import { refusedBy, refusingServices } from "../../testing/continue/refusing-services.js";
import { type HandlerCall, wrapHandlers } from "../../testing/handlers/wrap-handlers.js";
import type { History } from "../../testing/history/history.js";
import { type EntryDifference, replayJournal } from "../../testing/history/replay-journal.js";
import { createMemoryWorld } from "../../testing/memory-world.js";

/** How an instance is tried. */
export interface TryOptions {
  /** The sagas of the working tree. */
  readonly sagas: readonly AnySaga[];
  /** What is done first; `undefined`: nothing. */
  readonly command: Command | undefined;
  readonly actor: Actor;
  /** Epoch milliseconds: what is due by now happens. */
  readonly now: number;
  /** Whether handlers are called, with services that refuse every call. */
  readonly isCalling: boolean;
}

/** A call that the code would make next. */
export interface TriedCall extends Omit<HandlerCall, "ref" | "signal"> {
  /**
   * `notCalled`: nobody called it. `asks`: it asked for a service, and got no answer. `pending`: it has not
   * answered at once.
   */
  readonly came: "notCalled" | "done" | "refused" | "failed" | "asks" | "pending";
  /** What it asked for, or the error; absent where there is nothing to say. */
  readonly text?: string;
}

/** What the code would do. */
export interface Tried {
  /** The entries that it would decide otherwise than they were. */
  readonly differences: readonly EntryDifference[];
  /** The instance after it, with the entries that it would write. */
  readonly after: Instance;
  readonly calls: readonly TriedCall[];
}

/**
 * Says what the code would do next with an instance: in memory, without effects. It stops at the first call
 * whose answer nobody knows.
 * @throws SagaError SAGA_UNKNOWN, VERSION_CONFLICT, COMMAND_REFUSED, JOURNAL_CORRUPT
 */
export async function tryNext(history: History, options: TryOptions): Promise<Tried> {
  const { origin } = history;
  const { saga, id } = origin;
  const differences = replayJournal(createRegistry(options.sagas).of(origin).plan, history);
  const calls: TriedCall[] = [];
  const services = refusingServices<unknown>();
  const wrap = (call: HandlerCall, handle: () => unknown) => follow(call, handle, options, calls, services);
  const own = options.sagas.filter(({ name }) => name === saga).map((one) => wrapHandlers(one, wrap));
  const world = createMemoryWorld({ sagas: own, services, clock: clockAfter(history, options.now) });
  await enterHistory(world, history);
  const { command, actor } = options;
  if (command !== undefined) await world.client.command({ saga, id }, command, { actor });
  await world.settle();
  await wakeUp(world, { saga, id }, (await world.state({ saga, id })).n);
  await world.settle();
  return { differences, after: await world.client.get({ saga, id }), calls };
}

/** What is never answered: the instance stops there. */
const silence = new Promise<never>(() => undefined);

async function follow(
  { ref: _, signal: __, ...call }: HandlerCall,
  handle: () => unknown,
  { isCalling }: TryOptions,
  calls: TriedCall[],
  services: unknown,
): Promise<unknown> {
  const place = calls.push({ ...call, came: isCalling ? "pending" : "notCalled" }) - 1;
  const note = (came: TriedCall["came"], text?: string) => {
    calls[place] = { ...call, came, ...(text === undefined ? {} : { text }) };
  };
  if (!isCalling) return silence;
  const before = refusedBy(services).length;
  const asked = () => refusedBy(services)[before]?.problem.replace(/ has no fake\.$/, "");
  try {
    const value = await handle();
    if (asked() === undefined) {
      note("done");
      return value;
    }
  } catch (error) {
    if (asked() === undefined) {
      note(
        isStepRefused(error) ? "refused" : "failed",
        error instanceof Error ? error.message : String(error),
      );
      throw error;
    }
  }
  note("asks", asked());
  return silence;
}
