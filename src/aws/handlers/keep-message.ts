import { isSagaError } from "../../errors/saga-error.js";
import type { QuarantinedMessage } from "../store/quarantine.js";
import { errorFields } from "./function-log.js";
import type { OpenFunction } from "./open-function.js";
import type { QueueRecord } from "./queue-event.js";

/** As what a record is kept; under its own id and time unless others are given. */
type Kept = Pick<QuarantinedMessage, "kind" | "source"> &
  Partial<Pick<QuarantinedMessage, "messageId" | "receivedAt">>;

/**
 * Keeps a record for an operator, and says so in the log. Whoever has kept it may acknowledge it.
 * @param kept a `messageId` and `receivedAt` that others have, too, replace the last of those
 * @param error why it is kept; of its text the problem alone
 */
export async function keepMessage(
  { ports, log }: Pick<OpenFunction, "ports" | "log">,
  record: QueueRecord,
  kept: Kept,
  error: unknown,
): Promise<void> {
  const { body, attributes } = record;
  const about = { receivedAt: Number(attributes.SentTimestamp), ...aboutRecord(record), ...kept };
  await ports.store.quarantine({ ...about, reason: reasonOf(error), body });
  log({ level: "error", message: "a message is kept for an operator", ...about, ...errorFields(error) });
}

/** What a log says of a record. */
export function aboutRecord(
  record: QueueRecord,
): Pick<QuarantinedMessage, "saga" | "id" | "messageId" | "receives"> {
  return { ...instanceIn(record.body), messageId: record.messageId, receives: receivesOf(record) };
}

/** How often a record was delivered, this time included. */
export function receivesOf({ attributes }: QueueRecord): number {
  return Number(attributes.ApproximateReceiveCount);
}

/** The name of the queue that a record comes from. */
export function queueName({ eventSourceARN }: QueueRecord): string {
  return eventSourceARN.slice(eventSourceARN.lastIndexOf(":") + 1);
}

/** `undefined` for a body that is not JSON. */
export function parseBody(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** As far as one can tell. */
function instanceIn(body: string): Pick<QuarantinedMessage, "saga" | "id"> {
  const found = fieldsOf(parseBody(body));
  const { saga, id } = "envelope" in found ? fieldsOf(found.envelope) : found;
  return typeof saga === "string" && typeof id === "string" ? { saga, id } : {};
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function reasonOf(error: unknown): string {
  if (isSagaError(error)) return error.problem;
  return error instanceof Error ? error.message : String(error);
}
