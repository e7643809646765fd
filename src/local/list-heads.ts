import { SagaError } from "../errors/saga-error.js";
import type { ListPage, ListQuery } from "../ports/saga-store.js";
import { headColumns, headOf } from "./head-rows.js";
import type { RawDatabase, SqlValue } from "./raw-database.js";

/** The most heads on one page: `ListQuery.limit`. */
const listLimitMax = 1_000;

/** Statuses with an index of their own. Their name must stand in the statement for SQLite to see it. */
const stopped: ReadonlySet<string> = new Set(["parked", "paused", "shed"]);

/**
 * Reads one page of heads, newest start first.
 * @throws SagaError USAGE for a cursor that no page gave
 */
export function listHeads(database: RawDatabase, query: ListQuery): ListPage {
  const limit = Math.min(Math.max(1, query.limit), listLimitMax);
  const { where, values } = conditionsOf(query);
  const rows = database
    .prepare(`
      SELECT key, ${headColumns} FROM backstep_instances WHERE ${where.join(" AND ")}
      ORDER BY started_at DESC, key DESC LIMIT ?`)
    .rows([...values, limit + 1]);
  const page = rows.slice(0, limit);
  const heads = page.map(([_key, ...row]) => headOf(row));
  const last = page.at(-1);
  if (last === undefined || rows.length === page.length) return { heads };
  return { heads, cursor: `${heads.at(-1)?.origin.startedAt}.${last[0]}` };
}

function conditionsOf({ saga, status, since, cursor }: ListQuery): {
  readonly where: readonly string[];
  readonly values: readonly SqlValue[];
} {
  const conditions: [string, ...SqlValue[]][] = [["TRUE"]];
  if (cursor !== undefined) conditions.push(["(started_at, key) < (?, ?)", ...parseCursor(cursor)]);
  if (since !== undefined) conditions.push(["started_at >= ?", since]);
  if (saga !== undefined) conditions.push(["saga = ?", saga]);
  if (status !== undefined) conditions.push(stopped.has(status) ? [`status = '${status}'`] : ["status = ?", status]);
  return { where: conditions.map(([text]) => text), values: conditions.flatMap(([_text, ...values]) => values) };
}

function parseCursor(cursor: string): [number, number] {
  const [, startedAt, key] = /^(\d{1,16})\.(\d{1,16})$/.exec(cursor) ?? [];
  if (startedAt !== undefined && key !== undefined) return [Number(startedAt), Number(key)];
  throw new SagaError("USAGE", `"${cursor}" is no cursor of a list.`, {
    fix: "Pass the cursor of the page before, or none.",
  });
}
