import type { Actor } from "../../core/journal/entry.js";
import type { Status } from "../../core/journal/state.js";
import { isOver, statusOf } from "../../core/journal/status.js";
import { isSagaError } from "../../errors/saga-error.js";
import type { KeptMessage } from "../../ports/operator-store.js";
import type { Head } from "../../ports/saga-store.js";
import type { SagaClient } from "../client.js";
import { type Folded, isUnreadable, loadInstance } from "../load.js";
import type { Operator } from "./operator.js";

/** Where the instance of a dead letter stands. */
export interface Standing {
  /** `unknown`: it was never started, or cannot be read. */
  readonly stands: "parkedByIt" | "movedOn" | "ended" | "unknown";
  /** `null` where it is unknown. */
  readonly status: Status | null;
}

/** Says where the instance of a dead letter stands now. */
export async function standingOf(
  { store }: Pick<Operator, "store">,
  { id, instance }: KeptMessage,
): Promise<Standing & { readonly head?: Head; readonly isRetried?: boolean }> {
  try {
    const loaded = instance && (await loadInstance(store, instance));
    if (loaded === undefined) return { stands: "unknown", status: null };
    const { head, state } = loaded;
    const isRetried = Object.hasOwn(state.commands, commandIdOf(id));
    return { stands: placeOf(loaded), status: statusOf(state), head, isRetried };
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return { stands: "unknown", status: null };
  }
}

/** A message is redriven once, however often it is asked for. */
function commandIdOf(message: string): string {
  return `redrive-${message}`;
}

function placeOf({ state }: Folded): Standing["stands"] {
  if (state.parked?.code === "deadLetter") return "parkedByIt";
  return isOver(state) ? "ended" : "movedOn";
}

/** What became of a dead letter; `problem` says why its instance was not retried. */
export interface Redriven {
  readonly how: "retried" | "unchanged" | "refused";
  readonly problem?: string;
}

/**
 * Lets the instance of a dead letter go on through its journal, and notes that somebody has done with the
 * message. Given again it changes nothing.
 */
export async function redriveLetter(
  operator: Operator,
  client: Pick<SagaClient, "command">,
  message: KeptMessage,
  by: { readonly actor: Actor; readonly reason?: string },
): Promise<Redriven> {
  const { id, instance } = message;
  const { stands, isRetried = false } = await standingOf(operator, message);
  const canRetry = message.kind === "deadLetter" && (stands === "parkedByIt" || isRetried);
  if (instance === undefined || !canRetry) return { how: "refused", problem: whyNot(message, stands) };
  try {
    if (!isRetried) await client.command(instance, { kind: "retry" }, { ...by, commandId: commandIdOf(id) });
  } catch (error) {
    if (!isSagaError(error) || error.retryable) throw error;
    return { how: "refused", problem: error.problem };
  }
  const isFirst = await operator.records.finish(id, { how: "requeued", ...by, at: operator.clock.now() });
  return { how: isFirst ? "retried" : "unchanged" };
}

function whyNot({ kind, instance }: KeptMessage, stands: Standing["stands"]): string {
  if (kind !== "deadLetter") return "It is no dead letter: see backstep quarantine requeue.";
  if (instance === undefined) return "It names no instance: see backstep quarantine show.";
  const name = `${instance.saga}/${instance.id}`;
  if (stands === "unknown") return `There is no instance ${name} that can be read.`;
  return `${name} ${stands === "ended" ? "has ended" : "has moved on"}: nothing is to be retried.`;
}
