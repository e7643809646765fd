import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder for one test. */
export interface TemporaryFolder {
  /** The path of a file in it. */
  file(name: string): string;
  remove(): void;
}

/** Makes a folder of its own; whoever makes it removes it. */
export function temporaryFolder(): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), "backstep-"));
  return { file: (name) => join(path, name), remove: () => rmSync(path, { recursive: true, force: true }) };
}
