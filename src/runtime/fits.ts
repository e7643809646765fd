import type { HeadSummary, ListQuery } from "../ports/saga-store.js";

/** Conditions on instances; all hold together. */
export type Filter = Omit<ListQuery, "limit" | "cursor">;

/** Whether a head fulfils every condition of a query. For stores that cannot ask their index. */
export function fits({ origin, status, step, reason = "" }: HeadSummary, query: Filter): boolean {
  const { saga, tags = {}, since, until, error } = query;
  if (saga !== undefined && origin.saga !== saga) return false;
  if (query.status !== undefined && status !== query.status) return false;
  if (query.step !== undefined && step !== query.step) return false;
  if (since !== undefined && origin.startedAt < since) return false;
  if (until !== undefined && origin.startedAt >= until) return false;
  if (error !== undefined && !reason.toLowerCase().includes(error.toLowerCase())) return false;
  return Object.entries(tags).every(([name, value]) => {
    const own = origin.tags?.[name];
    return own !== undefined && (value === null || own === value);
  });
}
