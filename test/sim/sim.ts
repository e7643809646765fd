import { parseArgs } from "node:util";
import { addReports, assertEveryFaultMet, type SimulationReport, simulate } from "backstep/testing";
import { worlds } from "./worlds/worlds.js";

const help = `Plays the simulation's worlds, one seed after the other, until time is over.

Usage: npm run sim -- [options]

  --hours <number>    how long, together with --minutes
  --minutes <number>  how long (default 5)
  --seed <number>     the first world; default random
  --json              print the report as JSON, and no progress
  -h, --help          show this`;

const exitCodes = { success: 0, failed: 1, usage: 2 } as const;

/** Worlds between two looks at the clock. */
const batch = 20;
const progressMs = 5_000;

/** Fewer worlds than this may well miss a kind of fault. */
const enough = 1_000;

process.exitCode = await main();

async function main(): Promise<number> {
  const given = readOptions();
  if (typeof given === "number") return given;
  try {
    const report = await playFor(given);
    console.log(given.json ? JSON.stringify(report) : `\n${describeReport(report)}`);
    if (report.worlds >= enough) assertEveryFaultMet(report);
    return exitCodes.success;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return exitCodes.failed;
  }
}

interface Given {
  readonly forMs: number;
  readonly seed: number;
  readonly json: boolean;
}

/** What was asked for, or the exit code where nothing is to be played. */
function readOptions(): Given | number {
  try {
    const text = { type: "string" } as const;
    const flag = { type: "boolean", default: false } as const;
    const { values } = parseArgs({
      options: { hours: text, minutes: text, seed: text, json: flag, help: { ...flag, short: "h" } },
    });
    if (values.help) {
      console.log(help);
      return exitCodes.success;
    }
    const { hours, minutes = hours === undefined ? "5" : "0", seed } = values;
    const forMs = (readNumber("hours", hours ?? "0") * 60 + readNumber("minutes", minutes)) * 60_000;
    const first = seed === undefined ? Math.floor(Math.random() * 2 ** 31) : readNumber("seed", seed);
    return { forMs, seed: Math.floor(first), json: values.json };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${help}`);
    return exitCodes.usage;
  }
}

function readNumber(name: string, given: string): number {
  const number = Number(given);
  if (given.trim() !== "" && number >= 0 && number < 2 ** 32) return number;
  throw new Error(`--${name} is "${given}". It takes a number from 0 on.`);
}

/** Plays at least one batch. */
async function playFor({ forMs, seed, json }: Given): Promise<SimulationReport> {
  const beganAt = performance.now();
  let report: SimulationReport | undefined;
  let toldAt = beganAt;
  if (!json) console.log(`The first world has seed ${seed}.`);
  do {
    const next = await simulate({
      ...worlds,
      seed: seed + (report?.worlds ?? 0),
      worlds: batch,
    });
    report = report === undefined ? next : addReports(report, next);
    const now = performance.now();
    if (json || now - toldAt < progressMs) continue;
    toldAt = now;
    console.log(describeProgress(report, now - beganAt));
  } while (performance.now() - beganAt < forMs);
  return report;
}

function describeProgress({ worlds: played, faults }: SimulationReport, tookMs: number): string {
  const perSecond = Math.round((1_000 * played) / tookMs);
  const met = Object.values(faults).reduce((sum, count) => sum + count, 0);
  return `${Math.round(tookMs / 1_000)} s: ${played} worlds (${perSecond}/s), ${met} faults`;
}

function describeReport(report: SimulationReport): string {
  const {
    seed,
    worlds: played,
    instances,
    transitions,
    calls,
    faults,
    racesLost,
    deadLetters,
    ends,
  } = report;
  const counts = (all: Readonly<Record<string, number>>) => {
    return Object.entries(all)
      .map(([what, count]) => `${what} ${count}`)
      .join(", ");
  };
  return [
    `worlds=${played} seed=${seed} instances=${instances} transitions=${transitions} calls=${calls}`,
    `racesLost=${racesLost} deadLetters=${deadLetters}`,
    `faults: ${counts(faults)}`,
    `ends: ${counts(ends)}`,
    "Nothing is wrong.",
  ].join("\n");
}
