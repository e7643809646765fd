// Plants deliberate bugs in the engine, one at a time, and hunts for each: npm run mutation -- --help
import { parseArgs } from "node:util";
import type { Mutant } from "./mutant.js";
import { mutants } from "./mutants.js";
import { assertApplies, type Hunted, runHunt } from "./run-hunt.js";

const usage = `Usage: npm run mutation -- [--only <name...>] [--jobs <n>] [--limit <seconds>] [--json]

Plants each deliberate bug in the engine and hunts for it; first it hunts where there is none.
Exit code: 0 if all were caught, 1 if not, 2 if it was called in a wrong way.

  --only <name...>   these mutants alone
  --jobs <n>         hunts at a time, default 2
  --limit <seconds>  the longest hunt, default 600; one that gives no answer catches nothing
  --list             says what is wrong with each mutant, and hunts for none
  --json             prints one JSON document at the end
  --help             prints this
`;

const root = process.cwd();
const nameColumns = Math.max(...mutants.map(({ name }) => name.length));

interface Result {
  readonly name: string;
  readonly breaks: Mutant["breaks"];
  readonly caught: boolean;
  /** The check that found it; absent where none did. */
  readonly by?: string;
  /** What was found, or why nothing was. */
  readonly what: string;
  readonly seconds: number;
}

try {
  process.exitCode = await main(readOptions());
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 2;
}

function readOptions() {
  const { values, positionals } = parseArgs({
    options: {
      only: { type: "string", multiple: true },
      jobs: { type: "string", default: "2" },
      limit: { type: "string", default: "600" },
      list: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
    allowPositionals: true,
  });
  const names = [...(values.only ?? []), ...positionals];
  const strange = names.find((name) => mutants.every((mutant) => mutant.name !== name));
  if (strange !== undefined) throw new Error(`There is no mutant "${strange}". See them: --list.`);
  const chosen = mutants.filter(({ name }) => names.length === 0 || names.includes(name));
  const { list, json, help } = values;
  const limitMs = 1_000 * positive(values.limit, "--limit");
  return { chosen, list, json, help, limitMs, jobs: positive(values.jobs, "--jobs") };
}

function positive(text: string, option: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`"${text}" is no number for ${option}. Give a whole number from 1.`);
}

/** @returns the exit code */
async function main(options: ReturnType<typeof readOptions>): Promise<number> {
  const { chosen, jobs, limitMs, json } = options;
  const print = (line: string) => void process.stdout.write(`${line}\n`);
  const printLive = json ? () => undefined : print;
  if (options.help) return print(usage) ?? 0;
  if (options.list) {
    for (const { name, breaks, bug } of chosen) print(`${name.padEnd(nameColumns)}  ${breaks}  ${bug}`);
    return 0;
  }
  for (const mutant of chosen) await assertApplies(root, mutant);
  const sound = await runHunt(root, undefined, limitMs);
  if (sound.kind !== "nothing") {
    process.stderr.write(`Without a mutant the hunt must find nothing. ${tell(sound)}\n`);
    return 1;
  }
  const results: Result[] = [];
  const waiting = [...chosen];
  const work = async () => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const result = await test(mutant, limitMs);
      results.push(result);
      printLive(lineOf(result));
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  const caught = results.filter((result) => result.caught).length;
  if (json) print(JSON.stringify({ caught, of: results.length, results }, null, 2));
  printLive(`caught ${caught} of ${results.length}`);
  return caught === results.length ? 0 : 1;
}

async function test(mutant: Mutant, limitMs: number): Promise<Result> {
  const { name, breaks } = mutant;
  const startedAt = performance.now();
  const hunted = await runHunt(root, mutant, limitMs);
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
  const by = hunted.kind === "found" ? { by: hunted.finding.by } : {};
  return { name, breaks, caught: hunted.kind === "found", ...by, what: tell(hunted), seconds };
}

function tell(hunted: Hunted): string {
  switch (hunted.kind) {
    case "found":
      return hunted.finding.what;
    case "nothing":
      return "nothing found";
    case "broken":
      return hunted.why;
  }
}

function lineOf({ name, caught, breaks, by, what, seconds }: Result): string {
  const [first = ""] = (by === undefined ? what : `${by}: ${what}`).split("\n");
  return `${caught ? "caught" : "MISSED"}  ${name.padEnd(nameColumns)}  ${breaks}  ${first}  ${seconds} s`;
}
