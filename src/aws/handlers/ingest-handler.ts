import { z } from "zod";
import type { ErrorCode } from "../../errors/catalogue.js";
import { isSagaError, SagaError } from "../../errors/saga-error.js";
import { createClient, type SagaClient } from "../../runtime/client.js";
import { eventSource } from "../event-bridge-bus.js";
import { openOnce } from "../open-once.js";
import { keepMessage, parseBody, queueName } from "./keep-message.js";
import { logLeft } from "./log-left.js";
import { type FunctionOptions, type OpenFunction, openFunction } from "./open-function.js";
import type { BatchResponse, QueueEvent, QueueRecord } from "./queue-event.js";
import { workBatch } from "./work-batch.js";

/** A domain event that says these will say so at every delivery. */
const unfit: readonly ErrorCode[] = [
  "ENVELOPE_INVALID",
  "SCHEMA_MISMATCH",
  "NOT_JSON",
  "INSTANCE_ID_INVALID",
  "EVENT_ID_INVALID",
  "EVENT_CONFLICT",
  "PAYLOAD_TOO_LARGE",
];

const busEvent = z.object({
  id: z.string(),
  source: z.string(),
  "detail-type": z.string(),
  detail: z.unknown(),
});
const ownDetail = z.object({ id: z.string(), payload: z.unknown() });

/** Takes a batch of a queue, or one event from a rule. */
export type IngestHandler = (event: unknown) => Promise<BatchResponse>;

/**
 * Makes the function that takes domain events for the sagas that wait for them: EventBridge events, directly
 * from a rule or through a queue. `detail-type` names the event. The payload is `detail`, or `detail.payload`
 * of what a saga has published. An event for which no saga waits is counted and dropped; one that does not
 * fit is kept in the table with the reason.
 *
 * @param options such as the default export of `backstep.config.ts`
 * @throws SagaError ENVIRONMENT_INVALID at an invocation, which is then tried again; without a queue, also
 * whatever kept the event from being accepted
 * @example
 * export const handler = createIngestHandler(config);
 */
export function createIngestHandler(options: FunctionOptions): IngestHandler {
  const open = openOnce(async () => {
    const opened = openFunction(options);
    return { ...opened, client: createClient({ ...opened.ports, registry: opened.registry }) };
  });
  return async (event) => {
    const opened = await open();
    const counts: Counts = { accepted: 0, repeated: 0, ignored: 0, kept: 0 };
    const work = async (record: QueueRecord) => {
      counts[await accept(opened, record)] += 1;
    };
    const onLeft = logLeft(opened.log, "a domain event could not be accepted");
    const response = isQueueEvent(event) ? await workBatch(event, { work, onLeft }) : undefined;
    if (response === undefined) await work(recordOf(event, opened.ports.clock.now()));
    opened.log({ level: "info", message: "domain events taken", ...counts });
    return response ?? { batchItemFailures: [] };
  };
}

/** What became of an event. `repeated`: it was there already. `ignored`: no saga waits for it. */
type Outcome = "accepted" | "repeated" | "ignored" | "kept";
type Counts = Record<Outcome, number>;

type OpenIngest = OpenFunction & { readonly client: SagaClient };

async function accept(opened: OpenIngest, record: QueueRecord): Promise<Outcome> {
  try {
    const { event, payload, eventId } = parseBusEvent(parseBody(record.body));
    const { accepted } = await opened.client.signal(event, payload, { eventId });
    return accepted ? "accepted" : "repeated";
  } catch (error) {
    if (isSagaError(error, "EVENT_UNKNOWN")) return "ignored";
    if (!isSagaError(error) || !unfit.includes(error.code)) throw error;
    await keepMessage(opened, record, { kind: "unreadable", source: queueName(record) }, error);
    return "kept";
  }
}

/** @throws SagaError ENVELOPE_INVALID */
function parseBusEvent(body: unknown): { event: string; payload: unknown; eventId: string } {
  const parsed = busEvent.safeParse(body);
  if (!parsed.success) throw noBusEvent(parsed.error);
  const { id, source, "detail-type": event, detail } = parsed.data;
  if (source !== eventSource) return { event, payload: detail, eventId: id };
  const own = ownDetail.safeParse(detail);
  if (!own.success) throw noBusEvent(own.error);
  return { event, payload: own.data.payload, eventId: own.data.id };
}

function noBusEvent({ issues: [first] }: z.ZodError): SagaError {
  const problem = `A message is no EventBridge event: "${first?.path.join(".")}" ${first?.message}.`;
  const fix = "Send EventBridge events to this queue only, without an input transformer.";
  return new SagaError("ENVELOPE_INVALID", problem, { fix });
}

function isQueueEvent(event: unknown): event is QueueEvent {
  return typeof event === "object" && event !== null && "Records" in event;
}

/** An event that came directly, as if from a queue. */
function recordOf(event: unknown, now: number): QueueRecord {
  const { success, data } = busEvent.safeParse(event);
  return {
    messageId: success ? data.id : `at-${now}`,
    receiptHandle: "",
    body: JSON.stringify(event) ?? "",
    attributes: { ApproximateReceiveCount: "1", SentTimestamp: String(now) },
    eventSourceARN: "bus",
  };
}
