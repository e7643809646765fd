import { endStatuses } from "../../core/journal/status.js";
import { isSagaError } from "../../errors/saga-error.js";
import type { Clock } from "../../ports/clock.js";
import type { HeadSummary, ListPage, ListQuery } from "../../ports/saga-store.js";
import type { SagaClient } from "../client.js";
import type { Filter } from "../fits.js";
import { sleep } from "../sleep.js";

/** What is read to select instances. */
export interface Selecting {
  readonly client: Pick<SagaClient, "list">;
  readonly clock: Clock;
  /** Without a status: whatever has not ended. */
  readonly where: Filter;
  readonly stop: AbortSignal;
  /** Is told of each head that cannot be read: whether it fits, nobody knows. It may come twice. */
  readonly onUnreadable?: (name: string) => void;
}

const pageSize = 500;

/** A page that cannot be read so often cannot be read. */
const readsMax = 5;

const firstPauseMs = 200;

/**
 * Every instance that fits, page by page; ends when stopped.
 * @throws what no second reading mends, or what the last of several threw
 */
export async function* selectInstances(selecting: Selecting): AsyncGenerator<HeadSummary, void> {
  const { where, stop, onUnreadable } = selecting;
  let cursor: string | undefined;
  do {
    const query = { ...where, limit: pageSize, ...(cursor === undefined ? {} : { cursor }) };
    const page = await readPage(selecting, query);
    for (const name of page.unreadable ?? []) onUnreadable?.(name);
    for (const head of page.heads) {
      if (stop.aborted) return;
      if (where.status !== undefined || !endStatuses.has(head.status)) yield head;
    }
    cursor = page.cursor;
  } while (cursor !== undefined && !stop.aborted);
}

async function readPage({ client, clock, stop }: Selecting, query: ListQuery): Promise<ListPage> {
  for (let read = 1; ; read += 1) {
    try {
      return await client.list(query);
    } catch (error) {
      const isLasting = isSagaError(error) && !error.retryable;
      if (isLasting || read === readsMax || stop.aborted) throw error;
      await sleep(clock, firstPauseMs * 2 ** (read - 1), stop);
    }
  }
}
