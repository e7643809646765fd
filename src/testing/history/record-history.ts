import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { SagaError } from "../../errors/saga-error.js";
import type { LoadedInstance } from "../../ports/saga-store.js";
import { formatHistory, historyOf, parseHistory } from "./history.js";

/** How a history is recorded. */
export interface RecordOptions {
  /** What it is a history of, for people. Default: what the file says already. */
  readonly note?: string;
  /** Whether it may take the place of a different one. Default false. */
  readonly overwrite?: boolean;
}

/**
 * Writes the history of an instance to a file, for `replayHistories`. A file that says the same stays as it
 * is.
 *
 * @param instance as `client.get` of any backend, or of a memory world, gives it
 * @throws SagaError HISTORY_DIFFERS if the file holds another history and `overwrite` is not set;
 * HISTORY_INVALID if it holds something else
 *
 * @example
 * await recordHistory(await world.client.get({ saga: "order", id: "o-1" }), "test/histories/paid.json");
 */
export async function recordHistory(
  instance: LoadedInstance,
  file: string,
  options: RecordOptions = {},
): Promise<void> {
  const before = await readIfThere(file);
  const note = options.note ?? (before === undefined ? undefined : parseHistory(before, file).note);
  const text = formatHistory(historyOf(instance, note));
  if (text === before) return;
  if (before !== undefined && options.overwrite !== true) {
    const fix = "Record it under another name, or replace the file with { overwrite: true }.";
    throw new SagaError("HISTORY_DIFFERS", `The file "${file}" holds another history.`, {
      fix,
      details: { file },
    });
  }
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

/** The text of a file; `undefined` if there is none. */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
