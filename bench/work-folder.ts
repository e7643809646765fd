import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

/** The project's folder, seen from the sources and from the bundle alike. */
export function findRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
  return folder;
}

/** A new folder of this process for stores, in `.bench`, which lies on the project's disk. */
export function openWorkFolder(): string {
  const parent = join(findRoot(), ".bench");
  mkdirSync(parent, { recursive: true });
  return mkdtempSync(join(parent, "run-"));
}

/** Removes a folder that `openWorkFolder` gave, with what is in it. */
export function removeWorkFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
