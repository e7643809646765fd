import { type Retention, retentionMs } from "../../core/retention.js";
import { SagaError } from "../../errors/saga-error.js";
import type { InstanceLife } from "../../ports/saga-store.js";
import { type Item, itemOf, type Row } from "./row.js";

const dayMs = 86_400_000;
const stepMs = 30 * dayMs;

/**
 * When rows may be deleted.
 *
 * 1. The rows of an instance expire at `base + k * 30 days`, all at the same k, so that nothing need be
 *    written at its end. Who outlives a k is stamped with the next one, the head last: no head outlives its
 *    entries.
 * 2. `base` is at most 30 days and the retention after the start, whatever the deadline: so no mail expires
 *    before the head is stamped again, also where it came as much as a retention before the start.
 * 3. A row past its expiry is absent, for DynamoDB deletes late and in no order.
 */
export class Expiry {
  /** A head that expires sooner than this is stamped again: a day at least, milliseconds. */
  readonly windowMs: number;
  readonly #retentionMs: number;

  /**
   * @param retention two days at least: open instances are looked after once a day
   * @throws SagaError DURATION_INVALID
   */
  constructor(retention?: Retention) {
    this.#retentionMs = retentionMs(retention);
    if (this.#retentionMs < 2 * dayMs) {
      throw new SagaError("DURATION_INVALID", `The retention is ${this.#retentionMs} milliseconds.`, {
        fix: "Keep ended instances for two days at least: BACKSTEP_RETENTION_DAYS.",
        details: { what: "retention" },
      });
    }
    this.windowMs = Math.min(7 * dayMs, this.#retentionMs / 2);
  }

  /** Whether rows expire at all. */
  get isOn(): boolean {
    return Number.isFinite(this.#retentionMs);
  }

  /** When what is written now expires, epoch milliseconds; `Infinity`: never. */
  of(life: Pick<InstanceLife, "startedAt" | "deadlineAt">, now: number): number {
    const base = this.first(life);
    if (!this.isOn) return base;
    return base + Math.max(0, Math.ceil((now + this.#retentionMs - base) / stepMs)) * stepMs;
  }

  /** What a start is stamped with: `of` never answers an earlier time. */
  first({
    startedAt,
    deadlineAt = Number.POSITIVE_INFINITY,
  }: Pick<InstanceLife, "startedAt" | "deadlineAt">) {
    return Math.min(deadlineAt, startedAt + stepMs) + this.#retentionMs;
  }

  /** When mail expires, epoch milliseconds. */
  ofMail(receivedAt: number): number {
    return receivedAt + 2 * this.#retentionMs + stepMs;
  }

  /** Mail that is older belongs to an earlier life: that has ended a retention before this one's start. */
  oldestMail(startedAt: number): number {
    return startedAt - this.#retentionMs;
  }
}

/** Epoch milliseconds as time to live has them: whole seconds, not earlier. */
export function seconds(ms: number): number {
  return Math.ceil(ms / 1_000);
}

/** A time as expiries are compared with it. */
export function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1_000);
}

/** The attribute; none for what never expires. */
export function expiresAt(ms: number): Item {
  return itemOf({ expiresAt: Number.isFinite(ms) ? seconds(ms) : undefined });
}

/** Whether a row counts as deleted. */
export function isExpired(row: Row, now: number): boolean {
  const at = row.optionalNumber("expiresAt");
  return at !== undefined && at <= wholeSeconds(now);
}
