import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openLocalClient } from "backstep/local";
import { describeViolation } from "../check.js";
import { orderSaga } from "../saga.js";
import { orderServices } from "../services.js";
import { casesOf } from "./case.js";
import type { Shop } from "./customers.js";
import type { EngineProcess } from "./engine-process.js";
import { type Evidence, openEvidence, type Violation } from "./evidence.js";
import { isQuiet } from "./journal-rules.js";
import { exitCodes } from "./options.js";
import { endWithReader, paint } from "./terminal.js";

/** What a run of a proof is made from. */
export interface RunOptions {
  readonly program: string;
  /** `undefined`: a random one. */
  readonly seed: number | undefined;
  /** `undefined`: a temporary one. */
  readonly file: string | undefined;
  readonly windowMs: number;
}

/** A shop with an empty store, and the customers' side of it: the engine is in another process. */
export interface Run extends Shop {
  readonly seed: number;
  readonly file: string;
  /** The folder to remove at the end; `undefined` where the store is to be kept. */
  readonly folder: string | undefined;
  /** Reads what journals and participants say now. */
  readonly evidence: (placed: readonly string[]) => Promise<Evidence>;
}

/**
 * Runs a proof to its end: an error in it is printed, and fails it.
 * @param proof returns the exit code
 */
export async function runProof(proof: () => Promise<number>): Promise<void> {
  endWithReader();
  try {
    process.exitCode = await proof();
  } catch (error) {
    console.error(error);
    process.exit(exitCodes.failed);
  }
}

/** Opens a shop that nobody has used yet; a store that is there already ends the process. */
export function openRun({ program, seed, file: named, windowMs }: RunOptions): Run {
  if (named !== undefined && existsSync(named)) {
    console.error(`--store names "${named}", which is there already. Name a new file.`);
    process.exit(exitCodes.usage);
  }
  const folder = named === undefined ? mkdtempSync(join(tmpdir(), `backstep-${program}-`)) : undefined;
  const file = named === undefined ? join(folder ?? "", "local.db") : resolve(named);
  const saga = orderSaga({ paymentWindow: { milliseconds: windowMs } });
  const client = openLocalClient({ file, sagas: [saga] });
  const reader = openEvidence(file);
  return {
    seed: seed ?? Date.now() % 1_000_000,
    file,
    folder,
    windowMs,
    client,
    services: orderServices(file),
    say: () => undefined,
    evidence: (placed) => reader.read(placed),
  };
}

/** How long after the last customer an engine may need until nothing is left to do. */
const patienceMs = 120_000;

/** Waits until every order has ended or is parked, its late payments too; the checker reports the others. */
export async function untilQuiet(run: Run, engine: EngineProcess, placed: readonly string[]): Promise<void> {
  const giveUpAt = Date.now() + patienceMs;
  while (Date.now() < giveUpAt) {
    const cases = casesOf(await run.evidence(placed));
    if (cases.length === placed.length && cases.every(isQuiet)) return;
    const code = await Promise.race([sleep(250), engine.exited]);
    if (code !== undefined) throw new Error(`The engine ended by itself with exit code ${code}.`);
  }
}

/** Prints what was found; removes the store, unless it is asked for or something is to be looked at. */
export function closeRun({ file, folder, seed }: Run, violations: readonly Violation[]): void {
  for (const found of violations) console.log(paint("red", describeViolation(found)));
  if (violations.length > 0) console.log(`The store is kept: ${file} (seed ${seed})`);
  else if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}
