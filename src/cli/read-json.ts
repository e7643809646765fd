import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { parseJson, usage } from "./parse.js";
import type { Streams } from "./streams.js";

/** The largest file that is read as an input or payload. */
const fileBytesMax = 10_000_000;

/**
 * Reads the JSON that an option names: itself, `@file`, or `-` for stdin.
 * @param option as on the command line, such as `--input`
 * @throws SagaError USAGE
 */
export async function readJsonOption(
  value: string | true | undefined,
  option: string,
  cwd: string,
  streams: Streams,
): Promise<unknown> {
  if (typeof value !== "string") throw usage(`The option "${option}" has no value.`);
  if (value === "-") return parseJson(await streams.readInput(), `What ${option} reads from stdin`);
  if (!value.startsWith("@")) return parseJson(value, `The ${option}`);
  const file = value.slice(1);
  return parseJson(await readText(resolve(cwd, file), file, option), `The file "${file}" of ${option}`);
}

async function readText(path: string, name: string, option: string): Promise<string> {
  const fix = `Correct the path after ${option} @.`;
  try {
    const { size } = await stat(path);
    if (size > fileBytesMax)
      throw usage(`The file "${name}" of ${option} is larger than ${fileBytesMax} bytes.`);
    return await readFile(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT") throw usage(`There is no file "${name}", which ${option} names.`, fix);
    if (code === "USAGE") throw error;
    throw usage(`The file "${name}" of ${option} cannot be read (${String(code ?? error)}).`, fix);
  }
}
