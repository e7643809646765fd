import { z } from "zod";
import { type Envelope, parseEnvelope } from "../../core/envelope.js";
import { SagaError } from "../../errors/saga-error.js";

/** The version of timer messages that this code writes and reads. */
export const timerMessageVersion = 1;

/** A message of the timer queue: from `dueAt` on, epoch milliseconds, the envelope belongs in the lane. */
export interface TimerMessage {
  readonly v: typeof timerMessageVersion;
  readonly lane: string;
  readonly dueAt: number;
  readonly envelope: Envelope;
}

const messageSchema = z.object({
  v: z.literal(timerMessageVersion),
  lane: z.string().min(1).max(200),
  dueAt: z.int().min(0),
  envelope: z.unknown(),
});

/**
 * Reads a message of the timer queue.
 * @throws SagaError ENVELOPE_INVALID
 */
export function parseTimerMessage(body: unknown): TimerMessage {
  const parsed = messageSchema.safeParse(body);
  if (parsed.success) return { ...parsed.data, envelope: parseEnvelope(parsed.data.envelope) };
  const first = parsed.error.issues[0];
  throw new SagaError(
    "ENVELOPE_INVALID",
    `A message is no wake of a timer: "${first?.path.join(".")}" ${first?.message}.`,
  );
}
