import { open } from "node:fs/promises";
import { fold } from "../../core/journal/evolve.js";
import { isSagaError } from "../../errors/saga-error.js";
import { type History, invalidHistory, parseHistory } from "../../testing/history/history.js";
import { usage } from "../parse.js";

const idPattern = /^[A-Za-z0-9._:@+-]{1,200}$/;

/** The lines of a file. @param name as the command line has it. @throws SagaError USAGE */
export async function* linesOf(path: string, name: string): AsyncGenerator<string> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    throw usage(`The file "${name}" cannot be read (${error.code}).`, "Correct the path after import.");
  });
  try {
    yield* file.readLines();
  } finally {
    await file.close();
  }
}

/**
 * Reads histories, one a line; empty lines are left out.
 * @param name names what they are from in errors: `export.jsonl`
 * @throws SagaError HISTORY_INVALID naming file and line
 */
export async function* readHistories(
  lines: AsyncIterable<string> | Iterable<string>,
  name: string,
): AsyncGenerator<History> {
  const seen = new Map<string, number>();
  let line = 0;
  for await (const text of lines) {
    line += 1;
    if (text.trim() === "") continue;
    const place = `${name}:${line}`;
    const history = checked(parseHistory(text, place), place);
    const instance = `${history.origin.saga}/${history.origin.id}`;
    const before = seen.get(instance);
    if (before !== undefined) throw invalidHistory(place, `holds "${instance}" again, after line ${before}`);
    seen.set(instance, line);
    yield history;
  }
}

/** What a store needs to rely on, beyond what replaying does. */
function checked(history: History, place: string): History {
  const { origin, entries } = history;
  if (!idPattern.test(origin.id) || origin.saga === "" || origin.saga.includes("/")) {
    throw invalidHistory(place, `names no instance: "${origin.saga}/${origin.id}"`);
  }
  const wrong = entries.find(({ n, nonce }, at) => n !== at + 1 || typeof nonce !== "string" || nonce === "");
  if (wrong !== undefined) throw invalidHistory(place, `lacks an entry, or a nonce, at entry ${wrong.n}`);
  try {
    fold(origin, entries);
  } catch (error) {
    if (isSagaError(error, "JOURNAL_CORRUPT")) throw invalidHistory(place, "contradicts itself", error);
    throw error;
  }
  return history;
}
