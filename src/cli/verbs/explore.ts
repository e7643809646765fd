import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { SagaError } from "../../errors/saga-error.js";
import type { ExploreReport } from "../../testing/explore/explore.js";
import type { Exploration, ExploreProgress } from "../../testing/explore/options.js";
import type { Session } from "../session.js";
import { onSignals } from "../signals.js";
import type { Style } from "../style.js";
import { renderTable } from "../table.js";
import type { Verb } from "../verb.js";

const fileDefault = "backstep.explore.ts";

/** How often progress is told, milliseconds. */
const progressMs = 2_000;

/** `backstep explore`: tries every combination of faults on a saga. */
export const explore: Verb = {
  name: "explore",
  summary: "try every combination of faults on a saga",
  args: [{ flags: "<saga>", meaning: "the saga's name, as the file of explorations has it" }],
  options: [
    {
      flags: "--faults <n>",
      meaning: "faults in one run, 0 to 4; default what the exploration says, else 2",
    },
    { flags: "--file <file>", meaning: `the explorations; default ${fileDefault} beside the configuration` },
  ],
  examples: ["backstep explore order", "backstep explore order --faults 1 --json"],
  notes:
    `${fileDefault} exports what is explored: export default [exploration(order, { input, services })];\n` +
    "Exits with 1 where a guarantee or an invariant does not hold, with the shortest way to it as a test.\n" +
    "Ctrl+C ends it with what is known so far.",
  noStage: "it plays the saga here, in memory",
  async run([name = ""], { faults, file }, session) {
    const found = await findExploration(session, name, typeof file === "string" ? file : undefined);
    const maxFaults = typeof faults === "string" ? { maxFaults: parseFaults(faults) } : {};
    const { search } = await import("../../testing/explore/explore.js");
    const forget = onSignals(session);
    const report = await search(found.saga, {
      ...found.options,
      ...maxFaults,
      signal: session.stop.signal,
      onProgress: teller(session),
    }).finally(forget);
    return {
      json: toJson(name, report),
      text: (style) => render(name, report, style),
      exitCode: report.counterexample === undefined && report.complete ? 0 : 1,
    };
  },
};

async function findExploration(
  session: Session,
  name: string,
  named: string | undefined,
): Promise<Exploration> {
  const path = named === undefined ? join(session.project.root, fileDefault) : resolve(session.cwd, named);
  if (!existsSync(path)) {
    throw new SagaError("EXPLORATION_NOT_FOUND", `There is no file "${path}".`);
  }
  const { bundleConfig } = await import("../bundle.js");
  const { importBundle } = await import("../load-config.js");
  const list = await importBundle(path, await bundleConfig(path), (module) =>
    checkList(path, module.default),
  );
  const found = list.find(({ saga }) => saga.name === name);
  if (found !== undefined) return found;
  const known = list.map(({ saga }) => saga.name);
  throw new SagaError("EXPLORATION_NOT_FOUND", `${basename(path)} says nothing about the saga "${name}".`, {
    details: { saga: name, known },
  });
}

function checkList(file: string, list: unknown): readonly Exploration[] {
  if (Array.isArray(list) && list.every(isExploration)) return list;
  const problem = `The default export of ${basename(file)} is not a list of what exploration(…) returned.`;
  throw new SagaError("EXPLORATION_NOT_FOUND", problem);
}

function isExploration(value: unknown): value is Exploration {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "exploration";
}

function parseFaults(text: string): number {
  if (/^[0-4]$/.test(text)) return Number(text);
  throw new SagaError("USAGE", `"${text}" is not a number of faults.`, { fix: "Use 0, 1, 2, 3 or 4." });
}

/** Tells how far it is, on stderr, now and then. */
function teller(session: Session): (progress: ExploreProgress) => void {
  let toldAt = session.clock.now();
  return ({ runs, states, faults, done, of }) => {
    const now = session.clock.now();
    if (now - toldAt < progressMs) return;
    toldAt = now;
    const share = `${number(done)} of ${number(of)} runs with ${plural(faults, "fault")}`;
    session.tell(`${share}; ${number(runs)} in all, ${number(states)} states`);
  };
}

function toJson(saga: string, { counterexample, ...report }: ExploreReport) {
  return { saga, ...report, counterexample: counterexample ?? null };
}

function render(saga: string, report: ExploreReport, style: Style): string {
  const { colors, width } = style;
  const { runs, states, maxFaults, complete, counterexample } = report;
  const head = ["WAY BACK OF", "AFTER DONE", "AFTER UNKNOWN", "TWICE"].map((title) => colors.dim(title));
  const rows = Object.entries(report.compensations).map(([step, { afterDone, afterUnknown, twice }]) => [
    colors.bold(step),
    ...[afterDone, afterUnknown, twice].map((times) => describeTimes(times, style)),
  ]);
  const ends = Object.entries(report.ends).map(([status, times]) => `${number(times)} ${status}`);
  const tried = `${number(runs)} runs, ${number(states)} states, up to ${plural(maxFaults, "fault")} a run`;
  const verdict =
    counterexample !== undefined
      ? colors.red(`Broken: ${counterexample.wrong.join(" ")}\n\n`) + counterexample.text
      : complete
        ? colors.green("Everything holds.")
        : colors.yellow("Not finished: nothing wrong so far.");
  return [
    `${colors.bold(saga)}: ${tried}`,
    `Ends: ${ends.join(", ") || "none"}`,
    ...(rows.length === 0 ? [] : ["", renderTable([head, ...rows], { width, right: [1, 2, 3] })]),
    "",
    verdict,
  ].join("\n");
}

function describeTimes(times: number | null, { colors }: Style): string {
  if (times === null) return colors.dim("–");
  return times === 0 ? colors.yellow("never") : number(times);
}

function number(count: number): string {
  return count.toLocaleString("en-US");
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
