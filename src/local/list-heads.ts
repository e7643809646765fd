import { SagaError } from "../errors/saga-error.js";
import type { ListPage, ListQuery } from "../ports/saga-store.js";
import { headColumns, summariesOf } from "./head-rows.js";
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
  const { heads, unreadable } = summariesOf(page.map(([_key, ...row]) => row));
  const last = page.at(-1);
  const isLast = last === undefined || rows.length === page.length;
  return {
    heads,
    ...(unreadable.length === 0 ? {} : { unreadable }),
    ...(isLast ? {} : { cursor: `${last[3]}.${last[0]}` }),
  };
}

interface ListPlan {
  readonly index: string;
  readonly where: readonly string[];
  readonly values: readonly SqlValue[];
}

/** In the order of an index, so that a page costs what it shows; but for a filter that few instances pass. */
function planOf(query: ListQuery): ListPlan {
  const { saga, status, since, until, step, error, tags = {}, cursor } = query;
  const isStopped = status !== undefined && stopped.has(status);
  const conditions: [string, ...SqlValue[]][] = [["TRUE"]];
  if (cursor !== undefined) conditions.push(["(started_at, key) < (?, ?)", ...parseCursor(cursor)]);
  if (since !== undefined) conditions.push(["started_at >= ?", since]);
  if (until !== undefined) conditions.push(["started_at < ?", until]);
  if (saga !== undefined) conditions.push(["saga = ?", saga]);
  if (status !== undefined) conditions.push(isStopped ? [`status = '${status}'`] : ["status = ?", status]);
  if (step !== undefined) conditions.push(["step = ?", step]);
  if (error !== undefined) conditions.push(["coalesce(reason, '') GLOB ?", patternOf(error)]);
  for (const [name, value] of Object.entries(tags)) conditions.push(tagCondition(name, value));
  return {
    index: isStopped ? "backstep_instances_stopped" : "backstep_instances_started",
    where: conditions.map(([text]) => text),
    values: conditions.flatMap(([_text, ...values]) => values),
  };
}

/** A pattern of what contains this text in whatever case: `LIKE` knows the case of ASCII alone. */
function patternOf(text: string): string {
  const parts = [...text].map((letter) => {
    const cases = [...new Set([letter, letter.toLowerCase(), letter.toUpperCase()])];
    return cases.length > 1 || "*?[".includes(letter) ? `[${cases.filter(isOneLetter).join("")}]` : letter;
  });
  return `*${parts.join("")}*`;
}

function isOneLetter(text: string): boolean {
  return [...text].length === 1;
}

/** What is looked for stands in the text as JSON: to look for it there is cheaper than to read the JSON. */
function tagCondition(name: string, value: string | null): [string, ...SqlValue[]] {
  const isThere = "instr(origin, ?) > 0 AND json_valid(origin) AND EXISTS";
  const tag = "SELECT 1 FROM json_each(origin, '$.tags') WHERE json_each.key = ?";
  if (value === null) return [`${isThere} (${tag})`, JSON.stringify(name), name];
  const text = `${JSON.stringify(name)}:${JSON.stringify(value)}`;
  return [`${isThere} (${tag} AND json_each.value = ?)`, text, name, value];
}

function parseCursor(cursor: string): [number, number] {
  const [, startedAt, key] = /^(\d{1,16})\.(\d{1,16})$/.exec(cursor) ?? [];
  if (startedAt !== undefined && key !== undefined) return [Number(startedAt), Number(key)];
  throw badCursor(cursor);
}

/** The error for a cursor that no page gave. */
export function badCursor(cursor: string): SagaError {
  return new SagaError("USAGE", `"${cursor}" is no cursor of a list.`, {
    fix: "Pass the cursor of the page before, or none.",
  });
}
