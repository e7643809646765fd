import { type Envelope, parseEnvelope } from "../../core/envelope.js";
import { isSagaError, SagaError } from "../../errors/saga-error.js";
import type { KeptMessage } from "../../ports/operator-store.js";
import { loadInstance } from "../load.js";
import type { Operator } from "./operator.js";

/** An event that is ready to be sent once more. */
export interface Requeue {
  readonly lane: string;
  readonly envelope: Envelope;
}

/**
 * Makes of a message that nobody could read the event that it is for this code. Sends nothing.
 * @throws SagaError COMMAND_REFUSED for a dead letter, for what still is no event, and for one that nobody
 * needs any more
 */
export async function prepareRequeue(operator: Operator, message: KeptMessage): Promise<Requeue> {
  const { id, kind, instance, source } = message;
  if (kind === "deadLetter") {
    const name = instance === undefined ? "<saga>/<id>" : `${instance.saga}/${instance.id}`;
    const fix = `Let its instance go on from its journal: backstep retry ${name}.`;
    throw refused(`"${id}" is a dead letter: its copy is never sent again`, fix);
  }
  const envelope = readEnvelope(message);
  const loaded = await loadInstance(operator.store, envelope);
  const name = `${envelope.saga}/${envelope.id}`;
  const drop = `Drop it: backstep quarantine drop ${id}.`;
  if (loaded === undefined) throw refused(`"${id}" is an event of "${name}", which was never started`, drop);
  // A lane event says that nobody has begun what it carries: that is so while nothing came after it.
  if (envelope.kind === "lane" && loaded.state.n !== envelope.seq) {
    throw refused(`"${id}" is an event of "${name}", which has gone on without it`, drop);
  }
  const lane = operator.registry.lanes.includes(source)
    ? source
    : operator.registry.laneOf(loaded.head.origin);
  return { lane, envelope: { ...envelope, gen: operator.clock.now(), sentAt: operator.clock.now() } };
}

function readEnvelope({ id, body, reason }: KeptMessage): Envelope {
  try {
    return parseEnvelope(JSON.parse(body));
  } catch (error) {
    if (!isSagaError(error, "ENVELOPE_INVALID") && !(error instanceof SyntaxError)) throw error;
    const why = isSagaError(error) ? error.problem : "it is not JSON";
    const fix =
      "Send what it was meant to say by another way, such as backstep signal, " +
      `and drop it: backstep quarantine drop ${id}.`;
    throw refused(
      `"${id}" cannot be read by this version either (${reason}): ${why.replace(/\.$/, "")}`,
      fix,
    );
  }
}

function refused(what: string, fix: string): SagaError {
  return new SagaError("COMMAND_REFUSED", `${what}.`, { fix });
}
