import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Bench } from "./group.js";
import { runMeasure } from "./measure-process.js";
import type { Figures, MeasureName, OptionsOf } from "./measures.js";
import { type Row, rowOf } from "./report.js";

/** Makes a run in a fresh process, over a store of its own, which is then removed. */
export async function runFresh<Name extends MeasureName>(
  bench: Bench,
  name: Name,
  options: Omit<OptionsOf<Name>, "file">,
  execArgv: readonly string[] = [],
): Promise<Figures<Name>> {
  const folder = mkdtempSync(join(bench.folder, `${name}-`));
  try {
    const whole = { ...options, file: join(folder, "store.db") } as OptionsOf<Name>;
    return await runMeasure(name, whole, execArgv);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Makes several rounds, one after the other, and rows of their figures. What is compared belongs into one
 * round: its figures are of the same minutes.
 * @param units by the names of rows, in the order in which they are shown
 * @param enough rounds, unless the caller of the bench has said how many
 * @param round gives one figure for each row
 */
export async function rowsOf<Name extends string>(
  bench: Bench,
  units: Readonly<Record<Name, string>>,
  enough: number,
  round: () => Promise<Readonly<Record<Name, number>>>,
): Promise<readonly Row[]> {
  const count = bench.runs ?? (bench.quick ? 1 : enough);
  const rounds: Readonly<Record<Name, number>>[] = [];
  for (let number = 1; number <= count; number += 1) {
    rounds.push(await round());
    bench.progress(`  round ${number} of ${count}`);
  }
  return (Object.entries(units) as [Name, string][]).map(([name, unit]) => {
    const figures = rounds.map((one) => one[name]);
    return rowOf(name, unit, figures);
  });
}
