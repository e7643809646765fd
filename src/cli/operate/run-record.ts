import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Command } from "../../core/decide/input.js";
import { statuses } from "../../core/journal/status.js";
import { SagaError } from "../../errors/saga-error.js";
import type { Filter } from "../../runtime/fits.js";
import type { SteerCounts } from "../../runtime/operate/steer-many.js";

const count = z.int().nonnegative();

const step = z.string();
const command = z.discriminatedUnion("kind", [
  z.object({ kind: z.enum(["cancel", "terminate", "pause", "resume", "shed"]) }),
  z.object({ kind: z.literal("retry"), step: step.optional() }),
  z.object({
    kind: z.literal("replay"),
    from: step.optional(),
    compensateFirst: z.boolean().optional(),
    newKeys: z.boolean().optional(),
  }),
  z.object({ kind: z.literal("resolve"), step, output: z.json().optional() }),
  z.object({ kind: z.literal("waive"), step }),
]);

const schema = z.object({
  v: z.literal(1),
  run: z.string().min(1),
  verb: z.string().min(1),
  place: z.string().min(1),
  command,
  where: z.object({
    saga: z.string().optional(),
    status: z.enum(statuses).optional(),
    step: z.string().optional(),
    error: z.string().optional(),
    since: z.number().optional(),
    until: z.number().optional(),
    tags: z.record(z.string(), z.string().nullable()).optional(),
  }),
  reason: z.string().optional(),
  concurrency: z.int().positive(),
  perSecond: z.number().positive().optional(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  counts: z.object({ applied: count, unchanged: count, refused: count, failed: count }),
});

/** What a run over many instances is, so that it can be continued: `.backstep/runs/<run>.json`. */
export interface RunRecord {
  readonly v: 1;
  /** Its id. */
  readonly run: string;
  readonly verb: string;
  /** Where the instances live: a stage, or the file of a store. */
  readonly place: string;
  readonly command: Command;
  readonly where: Filter;
  readonly reason?: string;
  readonly concurrency: number;
  readonly perSecond?: number;
  /** ISO 8601. */
  readonly startedAt: string;
  /** ISO 8601; `null` where something is left to do. */
  readonly endedAt: string | null;
  /** Of all that was done under this id, as last written. */
  readonly counts: SteerCounts;
}

/** So many are kept. */
const recordsMax = 100;

const folderOf = (root: string) => join(root, ".backstep/runs");

/** Writes a record, as a whole or not at all. @param root the project's folder */
export async function writeRun(root: string, record: RunRecord): Promise<void> {
  const folder = folderOf(root);
  const file = join(folder, `${record.run}.json`);
  await mkdir(folder, { recursive: true });
  // Two may go on with the same run at once; a command may carry an output that not everybody may read.
  const draft = `${file}.${process.pid}.tmp`;
  await writeFile(draft, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  await rename(draft, file);
}

/**
 * Finds what to go on with.
 * @param which `run`: that one; else the newest unfinished one of this verb and place
 * @throws SagaError RUN_UNKNOWN
 */
export async function findRun(
  root: string,
  { run, verb, place }: { readonly run?: string; readonly verb: string; readonly place: string },
): Promise<RunRecord> {
  const all = (await readRuns(root)).filter((record) => record.verb === verb && record.place === place);
  const found = run === undefined ? all.find(({ endedAt }) => endedAt === null) : named(all, run);
  if (found !== undefined) return found;
  const what =
    run === undefined ? `No run of "${verb}" is unfinished` : `There is no run "${run}" of "${verb}"`;
  throw new SagaError("RUN_UNKNOWN", `${what} on ${place}.`, { details: { verb } });
}

const named = (records: readonly RunRecord[], run: string) => records.find((record) => record.run === run);

/** Removes the oldest of many that have ended. @param root the project's folder */
export async function forgetOldRuns(root: string): Promise<void> {
  const old = (await readRuns(root)).slice(recordsMax).filter(({ endedAt }) => endedAt !== null);
  for (const { run } of old) await rm(join(folderOf(root), `${run}.json`), { force: true });
}

/** The newest first. */
async function readRuns(root: string): Promise<readonly RunRecord[]> {
  const names = await readdir(folderOf(root)).catch(() => []);
  const records: RunRecord[] = [];
  for (const name of names.filter((one) => one.endsWith(".json"))) {
    const text = await readFile(join(folderOf(root), name), "utf8").catch(() => "");
    const { data } = schema.safeParse(parsed(text));
    if (data !== undefined && name === `${data.run}.json`) records.push(data as RunRecord);
  }
  return records.sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
