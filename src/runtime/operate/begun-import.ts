import type { HeadSummary } from "../../ports/saga-store.js";

/**
 * The head of an import that is under way: no start, no command and no worker writes one like it. It does not
 * rest, so that no engine remembers to look at it, and nobody watches it.
 */
export const begunImport = { status: "running", n: 0, settled: 0 } as const;

/** Whether an import of the instance is under way, or was broken off. */
export function isBegunImport({ status, n, settled, watchAt, rev }: Omit<HeadSummary, "origin">): boolean {
  const isLikeIt = status === begunImport.status && n === begunImport.n && settled === begunImport.settled;
  return isLikeIt && watchAt === undefined && rev === 1;
}
