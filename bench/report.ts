import {
  closeSync,
  fdatasyncSync,
  mkdirSync,
  openSync,
  rmSync,
  statfsSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { cpus, loadavg, release, totalmem, type } from "node:os";
import { dirname, join } from "node:path";
import { describeTarget, targets } from "./targets.js";
import { findRoot } from "./work-folder.js";

/** One measured figure. */
export interface Row {
  readonly name: string;
  /** `1/s`, `ms`, `bytes`, `commits`, or `x` for a ratio. */
  readonly unit: string;
  readonly median: number;
  /** The figure of each run, in the order they were made. */
  readonly runs: readonly number[];
}

/** What the figures were measured on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly ramGb: number;
  readonly node: string;
  readonly os: string;
  /** Of the folder in which stores lie. Nothing is durable on `tmpfs`, whose figures say nothing. */
  readonly fileSystem: string;
  /** What one process flushes, 4 KB each, when it does nothing else. */
  readonly fdatasyncPerSecond: number;
  /** Over the minute before; near 0 where nothing else ran. */
  readonly loadAverage: number;
}

/** What stands in `bench/results/<name>.json`. */
export interface Report {
  readonly machine: Machine;
  /** When it was written, ISO 8601. */
  readonly at: string;
  readonly rows: readonly Row[];
}

/** By the magic numbers that Linux gives them. */
const fileSystems: Readonly<Record<string, string>> = {
  ef53: "ext4",
  "58465342": "xfs",
  "9123683e": "btrfs",
  "794c7630": "overlay",
  "1021994": "tmpfs",
};

const probeMs = 500;

/** A row, from the figure of each run. */
export function rowOf(name: string, unit: string, runs: readonly number[]): Row {
  return { name, unit, median: rounded(medianOf(runs)), runs: runs.map(rounded) };
}

/** The middle number, or the mean of the middle two; `NaN` of none. */
export function medianOf(numbers: readonly number[]): number {
  return percentileOf(numbers, 0.5);
}

/** The number below which this share of them lies, between two of them by weight; `NaN` of none. */
export function percentileOf(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((one, other) => one - other);
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}

/**
 * Looks at this machine, and at its disk for half a second. Call it before the load begins.
 * @param folder in which stores will lie; is made where there is none
 */
export function machine(folder: string = join(findRoot(), ".bench")): Machine {
  mkdirSync(folder, { recursive: true });
  const kind = statfsSync(folder).type.toString(16);
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    ramGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    os: `${type()} ${release()}`,
    fileSystem: fileSystems[kind] ?? `0x${kind}`,
    loadAverage: rounded(loadavg()[0] ?? 0),
    fdatasyncPerSecond: probeDisk(folder),
  };
}

/** @returns flushes a second */
function probeDisk(folder: string): number {
  const file = join(folder, `probe-${process.pid}`);
  const descriptor = openSync(file, "w");
  const page = new Uint8Array(4_096);
  const beganAt = performance.now();
  let flushes = 0;
  try {
    for (; performance.now() - beganAt < probeMs; flushes += 1) {
      writeSync(descriptor, page);
      fdatasyncSync(descriptor);
    }
  } finally {
    closeSync(descriptor);
    rmSync(file);
  }
  return Math.round((1_000 * flushes) / (performance.now() - beganAt));
}

/**
 * Writes `bench/results/<name>.json`.
 * @param seen what `machine()` said before the load began
 * @returns the report's path
 */
export function writeReport(name: string, rows: readonly Row[], seen: Machine = machine()): string {
  const path = join(findRoot(), "bench/results", `${name}.json`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(reportOf(rows, seen), null, 2)}\n`);
  return path;
}

/** A report of now. */
export function reportOf(rows: readonly Row[], seen: Machine): Report {
  return { machine: seen, at: new Date().toISOString(), rows };
}

/** Prints a table: median, least and most of the runs, and the target where there is one. */
export function printRows(rows: readonly Row[]): void {
  const lines = rows.map(({ name, unit, median, runs }) => {
    const span = `${shown(Math.min(...runs))} … ${shown(Math.max(...runs))}`;
    const target = targets[name];
    const verdict = target === undefined ? "" : describeTarget(target, median);
    return [name, shown(median), unit, span, `${runs.length}`, verdict];
  });
  const table = [["row", "median", "unit", "least … most", "runs", "target"], ...lines];
  const widths = (table[0] ?? []).map((_, at) => Math.max(...table.map((line) => line[at]?.length ?? 0)));
  const isNumber = (at: number) => at === 1 || at === 3 || at === 4;
  for (const line of table) {
    const cells = line.map((cell, at) =>
      isNumber(at) ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0),
    );
    console.log(cells.join("  ").trimEnd());
  }
}

function shown(value: number): string {
  return value.toLocaleString("en-US", { maximumSignificantDigits: 4 });
}

/** Four digits, whole where it is large: more would claim what no run repeats. */
function rounded(value: number): number {
  return Math.abs(value) >= 1_000 ? Math.round(value) : Number(value.toPrecision(4));
}
