import { createHash } from "node:crypto";
import { z } from "zod";
import { SagaError } from "../errors/saga-error.js";

/** The envelope version that this code writes and reads. */
export const envelopeVersion = 1;

/**
 * Why an event was sent. `lane`: the step after `seq` is due. `timer`: a time has come. `mail`: a domain
 * event was accepted. `command`: an operator's entry `seq` is in the journal. `watch`: someone is late,
 * whatever was begun may have died. `resume`: as `watch`, but nothing was begun.
 */
export type EnvelopeKind = "lane" | "timer" | "mail" | "command" | "watch" | "resume";

/** An event in a lane: "instance X, look at your journal and go on". */
export interface Envelope {
  readonly v: typeof envelopeVersion;
  readonly saga: string;
  readonly id: string;
  /** The entry after which it was sent: it carries what that entry made due. */
  readonly seq: number;
  /** What it is about: the entry's number, or the id of the domain event or command. */
  readonly cause: string;
  /** Raised by every resend: queues swallow an equal deduplication id for minutes. */
  readonly gen: number;
  readonly kind: EnvelopeKind;
  readonly sentAt: number;
  /** Events since the last wait, for the runaway budget. */
  readonly hops: number;
  readonly traceparent?: string;
  /**
   * The message group within the instance: the watchdog overtakes a stuck group in another one, and what is
   * sent while working its event stays there. Default 0.
   */
  readonly group?: number;
}

const name = z.string().min(1).max(200);
const count = z.int().min(0);
const envelopeSchema = z.object({
  v: z.literal(envelopeVersion),
  saga: name,
  id: name,
  seq: count,
  cause: z.string().min(1).max(300),
  gen: count,
  kind: z.enum(["lane", "timer", "mail", "command", "watch", "resume"]),
  sentAt: count,
  hops: count,
  traceparent: z.string().max(200).optional(),
  group: count.optional(),
});

/**
 * Reads a message body.
 * @throws SagaError ENVELOPE_INVALID
 */
export function parseEnvelope(body: unknown): Envelope {
  const parsed = envelopeSchema.safeParse(body);
  if (parsed.success) return parsed.data as Envelope;
  const first = parsed.error.issues[0];
  throw new SagaError(
    "ENVELOPE_INVALID",
    `A message is no envelope: "${first?.path.join(".")}" ${first?.message}.`,
  );
}

/** The message group of an instance: its events are worked one after the other. */
export function groupOf({ saga, id, group = 0 }: Pick<Envelope, "saga" | "id" | "group">): string {
  return group === 0 ? `${saga}/${id}` : `${saga}/${id}~${group}`;
}

/**
 * The deduplication id. Two kinds never share one: a signal would be swallowed as a duplicate of the start.
 */
export function deduplicationId(envelope: Envelope): string {
  const { saga, id, kind, cause, gen } = envelope;
  return createHash("sha256")
    .update(JSON.stringify([saga, id, kind, cause, gen]))
    .digest("hex");
}
