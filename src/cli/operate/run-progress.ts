import { describeDuration } from "../../core/journal/describe-entry.js";
import type { SteerCounts } from "../../runtime/operate/steer-many.js";
import type { Session } from "../session.js";
import { type RunRecord, writeRun } from "./run-record.js";

/** How often progress is told, milliseconds. */
const toldMs = 2_000;

/** How often the record is written, milliseconds. */
const writtenMs = 500;

/** Keeps the record of a run and tells how far it is. */
export interface RunProgress {
  note(counts: SteerCounts): void;
  end(counts: SteerCounts, endedAt: string | null): Promise<void>;
}

/** Makes what follows a run. @param total how many instances it is about */
export function createRunProgress(record: RunRecord, total: number, session: Session): RunProgress {
  const { clock, project } = session;
  const startedAt = clock.now();
  let toldAt = startedAt;
  let writtenAt = startedAt;
  let writing: Promise<unknown> = Promise.resolve();
  let isWriting = false;

  const write = (counts: SteerCounts, endedAt: string | null) =>
    writeRun(project.root, { ...record, endedAt, counts: sumOf(record.counts, counts) });

  return {
    note(counts) {
      const now = clock.now();
      if (now - writtenAt >= writtenMs && !isWriting) {
        writtenAt = now;
        isWriting = true;
        // The next one comes soon; what is not on record is found in the journals.
        writing = write(counts, null)
          .catch(() => undefined)
          .finally(() => {
            isWriting = false;
          });
      }
      if (now - toldAt < toldMs || doneOf(counts) >= total) return;
      toldAt = now;
      session.tell(progressText(doneOf(counts), total, now - startedAt));
    },
    async end(counts, endedAt) {
      await writing;
      await write(counts, endedAt).catch((error: unknown) => {
        session.tell(`The record of the run cannot be written: ${String(error)}`);
      });
    },
  };
}

/** How far a run is: `4,812 of 10,000, 50/s, 1m 43s left`. */
function progressText(done: number, total: number, tookMs: number): string {
  const perMs = done / Math.max(1, tookMs);
  const left = perMs === 0 ? "" : `, ${describeDuration(Math.max(0, total - done) / perMs)} left`;
  return `${numeral(done)} of ${numeral(total)}, ${rateText(perMs * 1_000)}${left}`;
}

/** A speed as a person reads it: `50/s`, or `12/m` where it is slow. */
export function rateText(perSecond: number): string {
  return perSecond >= 1 ? `${numeral(Math.round(perSecond))}/s` : `${numeral(Math.round(perSecond * 60))}/m`;
}

/** How many instances a run has done with. */
export function doneOf({ applied, unchanged, refused, failed }: SteerCounts): number {
  return applied + unchanged + refused + failed;
}

/** A number with its thousands apart. */
export function numeral(count: number): string {
  return count.toLocaleString("en-US");
}

function sumOf(a: SteerCounts, b: SteerCounts): SteerCounts {
  return {
    applied: a.applied + b.applied,
    unchanged: a.unchanged + b.unchanged,
    refused: a.refused + b.refused,
    failed: a.failed + b.failed,
  };
}
