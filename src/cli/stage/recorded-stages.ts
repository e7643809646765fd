import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { stageFile } from "../project.js";

/** The stages that were deployed from here, by name. @param root the project's folder */
export async function recordedStages(root: string): Promise<readonly string[]> {
  const files = await readdir(dirname(join(root, stageFile("any")))).catch(() => []);
  return files.flatMap((file) => /^(.+)\.json$/.exec(file)?.[1] ?? []).sort();
}
