import { SagaError } from "../errors/saga-error.js";
import type { ListPage, ListQuery } from "../ports/saga-store.js";
import { summaryOf } from "../runtime/events.js";
import { headColumns, headOf } from "./head-rows.js";
import type { SqlValue } from "./raw-database.js";
import type { StoreReader } from "./store-reader.js";

/** The most heads on one page: `ListQuery.limit`. */
const listLimitMax = 1_000;

/** Statuses with an index of their own. Their name must stand in the statement for SQLite to see it. */
const stopped: ReadonlySet<string> = new Set(["parked", "paused", "shed"]);

/**
 * Reads one page of heads, newest start first.
 * @throws SagaError USAGE for a cursor that no page gave
 */
export function listHeads(reader: StoreReader, query: ListQuery): ListPage {
  const limit = Math.min(Math.max(1, query.limit), listLimitMax);
  const { index, where, values } = planOf(query);
  const rows = reader
    .prepare(`
      SELECT key, ${headColumns} FROM backstep_instances INDEXED BY ${index} WHERE ${where.join(" AND ")}
      ORDER BY started_at DESC, key DESC LIMIT ?`)
    .rows([...values, limit + 1]);
  const page = rows.slice(0, limit);
  const heads = page.map(([_key, ...row]) => summaryOf(headOf(row)));
  const last = page.at(-1);
  if (last === undefined || rows.length === page.length) return { heads };
  return { heads, cursor: `${heads.at(-1)?.origin.startedAt}.${last[0]}` };
}

interface ListPlan {
  readonly index: string;
  readonly where: readonly string[];
  readonly values: readonly SqlValue[];
}

/** In the order of an index, so that a page costs what it shows; but for a filter that few instances pass. */
function planOf({ saga, status, since, cursor }: ListQuery): ListPlan {
  const isStopped = status !== undefined && stopped.has(status);
  const conditions: [string, ...SqlValue[]][] = [["TRUE"]];
  if (cursor !== undefined) conditions.push(["(started_at, key) < (?, ?)", ...parseCursor(cursor)]);
  if (since !== undefined) conditions.push(["started_at >= ?", since]);
  if (saga !== undefined) conditions.push(["saga = ?", saga]);
  if (status !== undefined) conditions.push(isStopped ? [`status = '${status}'`] : ["status = ?", status]);
  return {
    index: isStopped ? "backstep_instances_stopped" : "backstep_instances_started",
    where: conditions.map(([text]) => text),
    values: conditions.flatMap(([_text, ...values]) => values),
  };
}

function parseCursor(cursor: string): [number, number] {
  const [, startedAt, key] = /^(\d{1,16})\.(\d{1,16})$/.exec(cursor) ?? [];
  if (startedAt !== undefined && key !== undefined) return [Number(startedAt), Number(key)];
  throw new SagaError("USAGE", `"${cursor}" is no cursor of a list.`, {
    fix: "Pass the cursor of the page before, or none.",
  });
}
