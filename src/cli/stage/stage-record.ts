import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { z } from "zod";
import { SagaError } from "../../errors/saga-error.js";
import { stageFile } from "../project.js";

const texts = z.record(z.string(), z.string());

const schema = z.object({
  v: z.literal(1),
  name: z.string().min(1),
  stage: z.string().min(1),
  stack: z.string().min(1),
  region: z.string().min(1),
  account: z.string().min(1),
  endpoint: z.url({ protocol: /^https?$/ }).optional(),
  deployedAt: z.iso.datetime(),
  environment: texts,
  outputs: texts,
});

/** What the last deployment of a stage from here left for its clients: `.backstep/<stage>.json`. */
export interface StageRecord {
  readonly v: 1;
  /** The project's. */
  readonly name: string;
  readonly stage: string;
  /** The stack's name. */
  readonly stack: string;
  readonly region: string;
  /** The account's number. */
  readonly account: string;
  /** Where AWS answers; `undefined`: where the SDK finds it. */
  readonly endpoint?: string | undefined;
  /** ISO 8601. */
  readonly deployedAt: string;
  /** What a client reads from its environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** The stack's. */
  readonly outputs: Readonly<Record<string, string>>;
}

/**
 * Reads the record of a stage.
 * @param root the project's folder
 * @returns `undefined` where there is none
 * @throws SagaError STAGE_UNKNOWN where the file is not what a deployment wrote
 */
export async function readStageRecord(root: string, stage: string): Promise<StageRecord | undefined> {
  const file = fileOf(root, stage);
  const text = await readText(file);
  if (text === undefined) return undefined;
  const json = parsedJson(text);
  const parsed = schema.safeParse(json);
  if (parsed.success && parsed.data.stage === stage) return parsed.data;
  const place = parsed.error?.issues[0]?.path.join(".") ?? "stage";
  const why = json === undefined ? "it is not JSON" : `its ${place} is not as it must be`;
  const problem = `The file "${relative(root, file)}" is not what a deployment of "${stage}" wrote: ${why}.`;
  throw new SagaError("STAGE_UNKNOWN", problem, {
    fix: "Delete it: what it says is then asked of the stack.",
    details: { stage },
  });
}

/** Writes the record of a stage, as a whole or not at all. @param root the project's folder */
export async function writeStageRecord(root: string, record: StageRecord): Promise<void> {
  const file = fileOf(root, record.stage);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.tmp`, `${JSON.stringify(record, null, 2)}\n`);
  await rename(`${file}.tmp`, file);
}

/** Removes the record of a stage, if there is one. @param root the project's folder */
export async function removeStageRecord(root: string, stage: string): Promise<void> {
  await rm(fileOf(root, stage), { force: true });
}

const fileOf = (root: string, stage: string) => join(root, stageFile(stage));

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new SagaError("STAGE_UNKNOWN", `The record of the stage cannot be read: ${message}.`, {
      fix: "Make it a file that you may read, or delete it: what it says is then asked of the stack.",
      cause: error,
    });
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
