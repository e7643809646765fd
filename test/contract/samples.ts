import type { Envelope } from "../../src/core/envelope.js";
import type { JournalEntry, Mail, Origin } from "../../src/core/journal/entry.js";
import type { Head, HeadProjection, InstanceRef } from "../../src/ports/saga-store.js";

/** When the samples happen: 2026-01-01T00:00:00.000Z. */
export const epoch = 1_767_225_600_000;

/** The instance of a sample that names none. */
export const order1: InstanceRef = { saga: "order", id: "o-1" };

/** A head as a start writes it. */
export function sampleHead(
  ref: InstanceRef = order1,
  given: Partial<Origin & HeadProjection> = {},
): Omit<Head, "rev"> {
  const {
    version = 1,
    input = { sku: "tea", quantity: 2 },
    startedAt = epoch,
    changes = [],
    ...rest
  } = given;
  const { fingerprint = "f00d", deadlineAt, tags, ...projection } = rest;
  const rarely = {
    ...(deadlineAt === undefined ? {} : { deadlineAt }),
    ...(tags === undefined ? {} : { tags }),
  };
  return {
    status: "running",
    n: 0,
    settled: 0,
    updatedAt: startedAt,
    ...projection,
    origin: { ...ref, version, fingerprint, input, startedAt, changes, ...rarely },
  };
}

/** A projection as a yield writes it. */
export function sampleProjection(given: Partial<HeadProjection> = {}): HeadProjection {
  return { status: "waiting", n: 1, settled: 1, updatedAt: epoch + 1, ...given };
}

/** A journal entry of which the number and the writer matter. */
export function sampleEntry(n: number, nonce: string, given: Partial<JournalEntry> = {}): JournalEntry {
  const cause = { kind: "outcome", key: "reserveStock", attempt: 1, tookMs: 12 } as const;
  const changes = [
    { kind: "settled", step: "reserveStock", as: "done", output: { reservation: nonce } },
  ] as const;
  return { n, at: epoch + n, nonce, lane: "main", cause, changes, ...given };
}

/** A domain event. */
export function sampleMail(id: string, given: Partial<Mail> = {}): Mail {
  return {
    id,
    event: "payment.received",
    payload: { paymentId: "p-1", cents: 4200 },
    receivedAt: epoch,
    ...given,
  };
}

/** An event for a lane. */
export function sampleEnvelope(id: string, seq: number, given: Partial<Envelope> = {}): Envelope {
  const fixed = { v: 1, saga: "order", kind: "lane", gen: 0, sentAt: epoch, hops: 0 } as const;
  return { ...fixed, id, seq, cause: String(seq), ...given };
}
