import type { ServicesOf } from "../../core/definition/define-config.js";
import type { AnySaga, DefinitionNode } from "../../core/definition/nodes.js";
import { placedNodes } from "../../core/definition/placed-nodes.js";
import { statusOf } from "../../core/journal/status.js";
import { SagaError } from "../../errors/saga-error.js";
import type { Fault } from "../fate/fate.js";
import { describeCounterexample } from "./counterexample.js";
import { Coverage, type WayBack } from "./coverage.js";
import { digest } from "./digest.js";
import type { ExploreOptions } from "./options.js";
import { Explorer, type Run } from "./run.js";

/** How many runs go by between two words about progress. */
const runsPerWord = 100;

/** What an exploration found. */
export interface ExploreReport {
  /** Whether every combination of faults up to the bound was tried. */
  readonly complete: boolean;
  readonly maxFaults: number;
  readonly runs: number;
  /** Different moments in which nobody was at work. */
  readonly states: number;
  /** How often each kind of fault was tried. */
  readonly faults: Readonly<Record<string, number>>;
  /** How often the ways back were met, by step. */
  readonly compensations: Readonly<Record<string, WayBack>>;
  /** How instances ended, or that they are parked, with the number of runs. */
  readonly ends: Readonly<Record<string, number>>;
  /** The shortest way to something wrong; absent if nothing is. */
  readonly counterexample?: Counterexample;
}

/** The fewest faults that lead to something wrong. */
export interface Counterexample {
  readonly faults: readonly Fault[];
  /** What is wrong, a sentence each. */
  readonly wrong: readonly string[];
  /** A test that repeats it, and the journal that it leaves. */
  readonly text: string;
}

/**
 * Tries every combination of faults up to a bound on a saga: crashes, refusals, calls that fail before or
 * after their effect, events that come early, late, twice or not at all, races. Checks the guarantees G1-G9
 * and the invariants given, at the end of every run. Deterministic.
 *
 * @throws SagaError EXPLORATION_FAILED with the shortest counterexample, as a test that repeats it
 * @example
 * const report = await explore(order, { input, events, services: () => fakeServices() });
 */
export async function explore<Saga extends AnySaga, Services extends ServicesOf<Saga>>(
  saga: Saga,
  options: ExploreOptions<Saga, Services>,
): Promise<ExploreReport> {
  const report = await search(saga, options);
  if (report.counterexample === undefined) return report;
  throw failed(saga, report.counterexample);
}

/**
 * Plays a saga with exactly these faults: what `explore` prints.
 * @param faults each `<place>: <fault>`, as printed
 * @throws SagaError EXPLORATION_FAILED if something is wrong then; TEST_INVALID for a fault that did not
 * happen
 */
export async function reproduce<Saga extends AnySaga, Services extends ServicesOf<Saga>>(
  saga: Saga,
  options: ExploreOptions<Saga, Services>,
  faults: readonly string[],
): Promise<void> {
  const explorer = new Explorer(saga, options);
  const run = await explorer.run(faults.map(parseFault), () => false);
  const missing = faults.length - run.play.world.faults.length;
  if (missing > 0) {
    const met = run.play.world.faults.map(describeFault);
    const absent = faults.filter((fault) => !met.includes(fault));
    throw new SagaError("TEST_INVALID", `These faults did not happen: ${absent.join("; ")}.`, {
      fix: "Explore again: the saga has changed since they were printed.",
    });
  }
  if (run.wrong.length > 0) throw failed(saga, counterexampleOf(run));
}

/** As `explore`, but a counterexample is part of the answer. */
export async function search<Saga extends AnySaga, Services extends ServicesOf<Saga>>(
  saga: Saga,
  options: ExploreOptions<Saga, Services>,
): Promise<ExploreReport> {
  const { maxFaults = 2, maxRuns = 1_000_000, onProgress = () => undefined, snapshot, signal } = options;
  const explorer = new Explorer(saga, options);
  const coverage = new Coverage(waysBack(saga));
  const known = new Map<string, number>();
  const tally = { runs: 0, faults: {} as Record<string, number>, ends: {} as Record<string, number> };
  let counterexample: Counterexample | undefined;
  let level: readonly (readonly Fault[])[] = [[]];

  /** Whether the future of this moment is known, for at least as many faults as are left. */
  const isKnown = (left: number) => (play: Run["play"], services: Services) => {
    const moment = digest(play, snapshot?.(services));
    if ((known.get(moment) ?? -1) >= left) return true;
    known.set(moment, left);
    return false;
  };

  for (let faults = 0; faults <= maxFaults && counterexample === undefined; faults += 1) {
    const next: (readonly Fault[])[] = [];
    for (const [at, plan] of level.entries()) {
      if (tally.runs === maxRuns || signal?.aborted === true) return answer(false);
      const run = await explorer.run(plan, isKnown(maxFaults - faults));
      tally.runs += 1;
      note(run);
      if (run.wrong.length > 0) {
        counterexample = counterexampleOf(run);
        return answer(false);
      }
      if (faults < maxFaults) {
        for (const { spot, ways } of run.passed) for (const way of ways) next.push([...plan, { spot, way }]);
      }
      if (tally.runs % runsPerWord === 0) {
        onProgress({ runs: tally.runs, states: known.size, faults, done: at + 1, of: level.length });
      }
    }
    level = next;
  }
  return answer(true);

  function note(run: Run): void {
    coverage.note(run.play);
    const last = run.faults.at(-1);
    if (last !== undefined) count(tally.faults, last.way);
    for (const { state } of run.play.instances()) if (run.isOver) count(tally.ends, statusOf(state));
  }

  function answer(complete: boolean): ExploreReport {
    const found = counterexample === undefined ? {} : { counterexample };
    return { complete, maxFaults, ...tally, states: known.size, compensations: coverage.met, ...found };
  }
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

/** The steps and waits whose way back is code. */
function waysBack(saga: AnySaga): DefinitionNode[] {
  const nodes = placedNodes(saga).map(({ node }) => node);
  return nodes.filter((node) => "compensate" in node && typeof node.compensate === "function");
}

function counterexampleOf({ faults, wrong, play }: Run): Counterexample {
  return { faults, wrong, text: describeCounterexample(faults, wrong, play) };
}

function failed({ name }: AnySaga, { faults, wrong, text }: Counterexample): SagaError {
  const problem = `The saga "${name}" breaks what must hold: ${wrong[0]}`;
  return new SagaError("EXPLORATION_FAILED", problem, {
    fix: `Repeat it with:\n\n${text}`,
    details: { faults: faults.map(describeFault), wrong },
  });
}

function describeFault({ spot, way }: Fault): string {
  return `${spot}: ${way}`;
}

function parseFault(text: string): Fault {
  const at = text.lastIndexOf(": ");
  return { spot: text.slice(0, at), way: text.slice(at + 2) as Fault["way"] };
}
