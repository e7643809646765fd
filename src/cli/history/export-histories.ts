import { redactHistory } from "../../core/redact/redact-history.js";
import type { RedactRules } from "../../core/redact/redaction.js";
import { isSagaError } from "../../errors/saga-error.js";
import type { InstanceRef } from "../../ports/saga-store.js";
import type { SagaClient } from "../../runtime/client.js";
import type { Filter } from "../../runtime/fits.js";
import { isUnreadable } from "../../runtime/load.js";
import { type History, historyOf } from "../../testing/history/history.js";
import { hasRules } from "./show-redacted.js";

/** Which histories are exported, and how. */
export interface HistoryExport {
  readonly client: SagaClient;
  /** These, or all that fit the filter. */
  readonly of: readonly InstanceRef[] | Filter;
  /** What a saga keeps to itself. @throws SagaError USAGE where nobody knows */
  rulesOf(saga: string): Promise<RedactRules>;
  /** Is told of an instance whose journal cannot be read. */
  unreadable(name: string, problem: string): void;
}

/** How many journals are read at once. */
const loadsAtOnce = 16;

const pageSize = 1_000;

/**
 * Reads histories one after the other, in the order of the list; of named instances in the order of the
 * names. What cannot be read is told and left out.
 * @throws SagaError INSTANCE_UNKNOWN for a name
 */
export async function* exportHistories(wanted: HistoryExport): AsyncGenerator<History> {
  for await (const refs of refsOf(wanted)) {
    for (let at = 0; at < refs.length; at += loadsAtOnce) {
      const loaded = refs.slice(at, at + loadsAtOnce).map((ref) => exportOne(wanted, ref));
      for (const history of await Promise.all(loaded)) if (history !== undefined) yield history;
    }
  }
}

async function* refsOf({ client, of, unreadable }: HistoryExport): AsyncGenerator<readonly InstanceRef[]> {
  if (Array.isArray(of)) {
    yield of;
    return;
  }
  let cursor: string | undefined;
  do {
    const page = await client.list({ ...of, limit: pageSize, ...(cursor === undefined ? {} : { cursor }) });
    for (const name of page.unreadable ?? []) unreadable(name, "its head cannot be read");
    yield page.heads.map(({ origin: { saga, id } }) => ({ saga, id }));
    cursor = page.cursor;
  } while (cursor !== undefined);
}

async function exportOne(
  { client, of, rulesOf, unreadable }: HistoryExport,
  ref: InstanceRef,
): Promise<History | undefined> {
  try {
    const history = historyOf(await client.get(ref));
    const rules = await rulesOf(ref.saga);
    return hasRules(rules) ? { ...redactHistory(history, rules), redacted: true } : history;
  } catch (error) {
    if (isUnreadable(error)) unreadable(`${ref.saga}/${ref.id}`, error.problem);
    // Of a list, it may have been dropped meanwhile.
    else if (Array.isArray(of) || !isSagaError(error, "INSTANCE_UNKNOWN")) throw error;
    return undefined;
  }
}
