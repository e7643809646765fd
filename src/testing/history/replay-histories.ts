import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { AnySaga } from "../../core/definition/nodes.js";
import { isSagaError, SagaError } from "../../errors/saga-error.js";
import { createRegistry, type Registry } from "../../runtime/registry.js";
import { type History, invalidHistory, parseHistory } from "./history.js";
import { type EntryDifference, replayJournal } from "./replay-journal.js";

/** What was replayed. */
export interface ReplayReport {
  readonly files: number;
  /** Entries over all files, the starts included. */
  readonly entries: number;
}

/** At most this many differences are told; the rest is counted. */
const toldMax = 10;

/**
 * Replays recorded histories against today's definitions, without calling user code: of each entry the input
 * is derived and decided once more. So a change that would move running instances another way is found before
 * it meets them. The histories may come from any backend, production included.
 *
 * Compared are the changes in their order, the names of published events, and the times that the definition
 * fixes. Phrases, the pauses between attempts, and what timeouts, lanes and fusing are set to are not.
 *
 * @param folder read with its folders; every `.json` file in it must be a history
 * @param sagas every version that the histories may be of
 * @throws SagaError HISTORY_DIFFERS naming file, entry, and what was decided then and now; HISTORY_INVALID
 * for a file that is no history, or where there is none at all
 *
 * @example
 * await replayHistories("test/histories", [order]);
 */
export async function replayHistories(folder: string, sagas: readonly AnySaga[]): Promise<ReplayReport> {
  const registry = createRegistry(sagas);
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".json")).sort();
  if (names.length === 0) {
    const fix = "Record one with recordHistory, or correct the folder's name.";
    throw new SagaError("HISTORY_INVALID", `There is no history in "${folder}".`, { fix });
  }
  const found: string[] = [];
  let entries = 0;
  for (const name of names) {
    const file = join(folder, name);
    const history = parseHistory(await readFile(file, "utf8"), file);
    entries += history.entries.length + 1;
    for (const { n, then, now } of replay(registry, history, file)) {
      found.push(`${file}, entry ${n}:\n  then: ${then}\n  now:  ${now}`);
    }
  }
  if (found.length > 0) throw differs(found, entries);
  return { files: names.length, entries };
}

function replay(registry: Registry, history: History, file: string): readonly EntryDifference[] {
  const { saga, version, fingerprint } = history.origin;
  try {
    return replayJournal(registry.of(history.origin).plan, history);
  } catch (error) {
    if (!isSagaError(error)) throw error;
    if (error.code === "JOURNAL_CORRUPT") throw invalidHistory(file, "contradicts itself", error);
    if (error.code !== "SAGA_UNKNOWN" && error.code !== "VERSION_CONFLICT") throw error;
    const then = `started as version ${version} of "${saga}", fingerprint ${fingerprint}`;
    return [{ n: 0, then, now: `${error.problem} ${error.fix}` }];
  }
}

function differs(found: readonly string[], entries: number): SagaError {
  const told = found.slice(0, toldMax).join("\n");
  const more = found.length > toldMax ? `\nand ${found.length - toldMax} more` : "";
  const problem = `Today's sagas decide otherwise at ${found.length} of ${entries} entries.\n${told}${more}.`;
  return new SagaError("HISTORY_DIFFERS", problem, { details: { differences: found.length, entries } });
}
