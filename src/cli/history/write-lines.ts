import { existsSync } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { usage } from "../parse.js";
import type { Session } from "../session.js";

/** How often progress is told, milliseconds. */
const progressMs = 2_000;

/** Makes what tells now and then, on stderr, how many were exported. */
export function tellCount(session: Session): (count: number) => void {
  let toldAt = session.clock.now();
  return (count) => {
    const now = session.clock.now();
    if (now - toldAt < progressMs) return;
    toldAt = now;
    session.tell(`${count.toLocaleString("en-US")} exported`);
  };
}

/**
 * Writes values to a file, one a line. The file is there when all of them are in it; until then its name ends
 * in `.part`.
 * @returns how many there were
 * @throws SagaError USAGE where the file is there and `force` is not set
 */
export async function writeLines(
  file: string,
  values: AsyncIterable<unknown> | Iterable<unknown>,
  { force, told }: { readonly force: boolean; readonly told: (count: number) => void },
): Promise<number> {
  if (existsSync(file) && !force) {
    throw usage(`There is a file "${file}".`, "Name another, or overwrite it with --force.");
  }
  await mkdir(dirname(file), { recursive: true });
  const part = await open(`${file}.part`, "w");
  let count = 0;
  async function* lines() {
    for await (const value of values) {
      count += 1;
      told(count);
      yield `${JSON.stringify(value)}\n`;
    }
  }
  try {
    await pipeline(lines, part.createWriteStream());
  } catch (error) {
    await rm(`${file}.part`, { force: true });
    throw error;
  }
  await rename(`${file}.part`, file);
  return count;
}
