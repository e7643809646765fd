// Measures how fast the engine is, and on what: npm run bench -- --help
import { parseArgs } from "node:util";
import type { Bench } from "./group.js";
import { type GroupName, groups, isGroupName, usualGroups } from "./groups.js";
import { runAsMeasure } from "./measure-process.js";
import { machine, printRows, type Row, reportOf, writeReport } from "./report.js";
import { openWorkFolder, removeWorkFolder } from "./work-folder.js";

const help = `Measures how fast the engine is, and writes bench/results/<name>.json.

Usage: npm run bench -- [group...] [options]

Groups: ${Object.keys(groups).join(", ")}.
Without one all but aws, which runs on an emulator (MiniStack where MINISTACK_BIN names it), and peers,
which installs other engines under bench/peers and runs the same workload there.

  --runs <n>   runs of each row, from 1; default 5, 3 with a million instances on file
  --json       prints the report as JSON instead of a table
  --quick      very small and once each: shows that everything runs, and writes no file
  -h, --help   prints this

Exit code: 0 also where a target is missed, 1 if a run failed, 2 if it was called in a wrong way.`;

const exitCodes = { success: 0, failed: 1, usage: 2, interrupted: 130 } as const;

if (!(await runAsMeasure(process.argv.slice(2)))) process.exitCode = await main();

async function main(): Promise<number> {
  const given = readOptions();
  if (typeof given === "number") return given;
  const folder = openWorkFolder();
  process.on("SIGINT", () => {
    removeWorkFolder(folder);
    process.exit(exitCodes.interrupted);
  });
  try {
    await measure(given, folder);
    return exitCodes.success;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return exitCodes.failed;
  } finally {
    removeWorkFolder(folder);
  }
}

interface Given {
  readonly names: readonly GroupName[];
  readonly runs: number | undefined;
  readonly json: boolean;
  readonly quick: boolean;
}

/** What was asked for, or the exit code where nothing is to be measured. */
function readOptions(): Given | number {
  try {
    const flag = { type: "boolean", default: false } as const;
    const { values, positionals } = parseArgs({
      options: { runs: { type: "string" }, json: flag, quick: flag, help: { ...flag, short: "h" } },
      allowPositionals: true,
    });
    if (values.help) {
      console.log(help);
      return exitCodes.success;
    }
    const names = [...new Set(positionals)].map((name) => {
      if (isGroupName(name)) return name;
      throw new Error(`There is no group "${name}".`);
    });
    const runs = values.runs === undefined ? undefined : Number(values.runs);
    if (runs !== undefined && !(Number.isInteger(runs) && runs >= 1)) {
      throw new Error(`--runs is "${values.runs}". It takes a whole number from 1.`);
    }
    // The engine's group measures the bare store as well: their ratio must be of the same minutes.
    const wanted = names.filter((name) => name !== "store" || !names.includes("embedded"));
    return { names: wanted, runs, json: values.json, quick: values.quick };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${help}`);
    return exitCodes.usage;
  }
}

async function measure({ names, runs, json, quick }: Given, folder: string): Promise<void> {
  const seen = machine(folder);
  const progress = (line: string) => void process.stderr.write(`${line}\n`);
  progress(
    Object.entries(seen)
      .map(([name, value]) => `${name}: ${value}`)
      .join(", "),
  );
  if (seen.fileSystem === "tmpfs") progress("Nothing is flushed on tmpfs: these figures say nothing.");
  const bench: Bench = { ...(runs === undefined ? {} : { runs }), quick, folder, progress };
  const rows: Row[] = [];
  for (const name of names.length === 0 ? usualGroups : names) {
    progress(name);
    rows.push(...(await groups[name](bench)));
  }
  if (json) console.log(JSON.stringify(reportOf(rows, seen), null, 2));
  else printRows(rows);
  if (quick) return;
  progress(`Written to ${writeReport(names.length === 0 ? "bench" : names.join("-"), rows, seen)}`);
}
