// Keeps an engine busy for long, kills it again and again, and looks what grows: npm run soak -- --help
import { join } from "node:path";
import { parseArgs } from "node:util";
import { machine, reportOf, writeReport } from "./report.js";
import { AcceptedFile } from "./soak/accepted-file.js";
import { plot } from "./soak/curve.js";
import { runAsEngine } from "./soak/engine-process.js";
import { Engines } from "./soak/engines.js";
import { Load } from "./soak/load.js";
import { Sampler } from "./soak/sampler.js";
import { judge } from "./soak/verdict.js";
import { openWorkFolder, removeWorkFolder } from "./work-folder.js";

const help = `Keeps an engine busy, kills it again and again, and checks what is lost and what grows.

Usage: npm run soak -- [options]

  --minutes <n>  how long the load lasts; default 20
  --rate <n>     starts a second; default 300
  --keep <n>     seconds that ended instances are kept; default 30
  --json         prints the report as JSON at the end, and the curve on stderr
  -h, --help     prints this

Engines are killed every 10 to 20 seconds for two thirds of the time; the last one lives on, so that its
memory can be judged. Writes bench/results/soak.json, unless it was too short to judge anything. Ctrl+C
ends it early, with the verdict so far.

Exit code: 0 if nothing was lost and nothing grows, 1 if not, 2 if it was called in a wrong way, 130 if it
was ended early and nothing is wrong so far.`;

const exitCodes = { success: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** Engines are killed for this share of the time; the last one lives on. */
const killShare = 2 / 3;

/** npm passes on what the terminal has sent already. */
const echoMs = 500;

/** How long the last instances may take to end once the load is over. */
const patienceMs = 90_000;

if (!(await runAsEngine(process.argv.slice(2)))) process.exitCode = await main();

interface Given {
  readonly forMs: number;
  readonly rate: number;
  readonly keepSeconds: number;
  readonly json: boolean;
}

async function main(): Promise<number> {
  const given = readOptions();
  if (typeof given === "number") return given;
  const folder = openWorkFolder();
  try {
    return await soak(given, folder);
  } finally {
    removeWorkFolder(folder);
  }
}

/** What was asked for, or the exit code where nothing is to be done. */
function readOptions(): Given | number {
  try {
    const flag = { type: "boolean", default: false } as const;
    const text = (value: string) => ({ type: "string", default: value }) as const;
    const { values } = parseArgs({
      options: {
        minutes: text("20"),
        rate: text("300"),
        keep: text("30"),
        json: flag,
        help: { ...flag, short: "h" },
      },
    });
    if (values.help) {
      console.log(help);
      return exitCodes.success;
    }
    const forMs = 60_000 * readNumber("minutes", values.minutes);
    const [rate, keepSeconds] = [readNumber("rate", values.rate), readNumber("keep", values.keep)];
    return { forMs, rate, keepSeconds, json: values.json };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${help}`);
    return exitCodes.usage;
  }
}

function readNumber(name: string, given: string): number {
  const number = Number(given);
  if (number > 0 && number < 1e6) return number;
  throw new Error(`--${name} is "${given}". It takes a number above 0.`);
}

async function soak({ forMs, rate, keepSeconds, json }: Given, folder: string): Promise<number> {
  const seen = machine(folder);
  const say = json ? console.error : console.log;
  const file = join(folder, "store.db");
  const accepted = new AcceptedFile(join(folder, "accepted.txt"));
  const load = new Load(file, accepted);
  const engines = await Engines.open({ file, keepSeconds });
  const sampler = new Sampler(load, engines, file, say);
  const end = new AbortController();
  const isInterrupted = endByInterrupt(end, folder);

  const timer = setTimeout(() => end.abort(), forMs);
  const sampled = sampler.follow(end.signal);
  const loaded = load.run(rate, end.signal, patienceMs);
  const failures: string[] = [];
  try {
    await engines.killRepeatedly(killShare * forMs, end.signal);
    sampler.noteLastEngine();
    await engines.watch(end.signal);
  } catch (error) {
    failures.push((error as Error).message);
    end.abort();
  }
  clearTimeout(timer);
  await Promise.all([sampled, loaded]);
  await engines.close();
  await load.close();

  const { samples, lastEngineAt } = sampler;
  const wrong = [...load.wrong, ...failures];
  const verdict = judge({ samples, lastEngineAt, accepted, wrong, kills: engines.kills });
  const { isGood, isJudged, lines, rows } = verdict;
  if (json) console.log(JSON.stringify({ ...reportOf(rows, seen), verdict: lines }, null, 2));
  say([`\n${plot(samples)}\n`, ...lines].join("\n"));
  if (isJudged) say(`Written to ${writeReport("soak", rows, seen)}`);
  if (!isGood) return exitCodes.failed;
  return isInterrupted() ? exitCodes.interrupted : exitCodes.success;
}

/** Ctrl+C ends the load, and a second one everything. @returns whether there was one */
function endByInterrupt(end: AbortController, folder: string): () => boolean {
  let firstAt: number | undefined;
  process.on("SIGINT", () => {
    const now = performance.now();
    if (firstAt === undefined) {
      console.error("The load ends. What is open may still end; Ctrl+C again does not wait for it.");
      firstAt = now;
      end.abort();
    } else if (now - firstAt > echoMs) {
      removeWorkFolder(folder);
      process.exit(exitCodes.interrupted);
    }
  });
  return () => firstAt !== undefined;
}
