import { createHash } from "node:crypto";
import { groupOf } from "../../core/envelope.js";
import { endStatuses } from "../../core/journal/status.js";
import { SagaError } from "../../errors/saga-error.js";
import type { HeadProjection, InstanceRef } from "../../ports/saga-store.js";

/** The sort key of a head: the last of its partition. */
export const headKey = "z#head";

/** Where the sort keys of entries begin. */
export const journalPrefix = "j#";

/** Where the sort keys of mail begin. */
export const mailPrefix = "m#";

const entriesMax = 999_999;
const timeMax = 999_999_999_999_999;

/** The partition of an instance. */
export function instanceKey({ saga, id }: InstanceRef): string {
  return `i#${saga}#${id}`;
}

/** The instance of a partition; `undefined` if it is of something else. */
export function instanceOf(pk: string): InstanceRef | undefined {
  const [, saga, id] = /^i#([^#]+)#(.+)$/.exec(pk) ?? [];
  return saga === undefined || id === undefined ? undefined : { saga, id };
}

/** The sort key of an entry. */
export function entryKey(n: number): string {
  return `${journalPrefix}${String(n).padStart(6, "0")}`;
}

/** Refuses what sort keys have no room for. @throws SagaError INVARIANT_BROKEN beyond entry 999,999 */
export function requireRoom({ saga, id }: InstanceRef, n: number): void {
  if (n <= entriesMax) return;
  throw new SagaError("INVARIANT_BROKEN", `The journal of "${saga}/${id}" is full: ${entriesMax} entries.`, {
    fix: "Terminate the instance, and find what makes it go round: backstep show <saga>/<id>.",
    details: { saga, id, n },
  });
}

/** A time as sort keys have it: 15 digits. Times before 1970 or after the year 33,000 are moved there. */
export function timeKey(ms: number): string {
  const whole = Math.min(Math.max(0, Math.floor(ms)), timeMax);
  return String(whole).padStart(15, "0");
}

/** The shard of a name: always the same for the same number of shards. */
export function shardOf(name: string, shards: number): number {
  return createHash("sha256").update(name).digest().readUInt32BE() % shards;
}

/** Which part of the index a head is in. */
export type IndexClass = "open" | "parked" | "ended";

/** The classes in the order in which they are listed. */
export const indexClasses = ["open", "parked", "ended"] as const satisfies readonly IndexClass[];

/** A partition of the index. */
export function indexPartition(kind: IndexClass, shard: number): string {
  return `${kind}#${shard}`;
}

/**
 * Where the index keeps a head: what must be looked at by watch time, what stands still or has ended by its
 * last change.
 */
export function indexKeys(ref: InstanceRef, projection: HeadProjection, shards: number) {
  const { kind, sort } = placeOf(ref, projection);
  return { watch: indexPartition(kind, shardOf(groupOf(ref), shards)), watchSort: sort };
}

/** As `indexKeys`, in whichever shard. */
export function placeOf({ saga, id }: InstanceRef, projection: HeadProjection): IndexPlace {
  const { watchAt, status, updatedAt } = projection;
  const rest: IndexClass = endStatuses.has(status) ? "ended" : "parked";
  const kind = watchAt === undefined ? rest : "open";
  return { kind, sort: `${timeKey(watchAt ?? updatedAt)}#${saga}#${id}` };
}

/** A place in the index: a class, and a sort key in it. */
export interface IndexPlace {
  readonly kind: IndexClass;
  readonly sort: string;
}

/** A place as the cursor of a page. */
export function indexCursor({ kind, sort }: IndexPlace): string {
  return `${kind}.${sort}`;
}

/** Reads a cursor. @throws SagaError USAGE for one that no page gave */
export function parseIndexCursor(cursor: string): IndexPlace {
  const [, kind, sort] = /^(open|parked|ended)\.(\d{15}#[^#]+#[^#]+)$/.exec(cursor) ?? [];
  if (kind !== undefined && sort !== undefined) return { kind: kind as IndexClass, sort };
  throw new SagaError("USAGE", `"${cursor}" is no cursor of a page.`, {
    fix: "Pass the cursor of the page before, or none.",
  });
}
