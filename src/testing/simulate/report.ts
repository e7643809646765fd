import type { Status } from "../../core/journal/state.js";
import { statusOf } from "../../core/journal/status.js";
import { SagaError } from "../../errors/saga-error.js";
import { type FaultKind, kindOf } from "../fate/fault-kinds.js";
import type { Play } from "../fate/play.js";

/** What the worlds of a simulation came to. */
export interface SimulationReport {
  /** The first world's seed. */
  readonly seed: number;
  readonly worlds: number;
  /** Instances that were started. */
  readonly instances: number;
  /** Journal entries that were written. */
  readonly transitions: number;
  /** Calls of handlers. */
  readonly calls: number;
  /** How often each kind of fault happened; a kind that was switched off is not there. */
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  /** Conditional writes that lost. */
  readonly racesLost: number;
  readonly deadLetters: number;
  /** How many instances came to rest in which status. */
  readonly ends: Readonly<Partial<Record<Status, number>>>;
}

/** The report of no world yet. */
export function emptyReport(seed: number, kinds: readonly FaultKind[]): SimulationReport {
  const faults = Object.fromEntries(kinds.map((kind) => [kind, 0]));
  return {
    seed,
    worlds: 0,
    instances: 0,
    transitions: 0,
    calls: 0,
    faults,
    racesLost: 0,
    deadLetters: 0,
    ends: {},
  };
}

/** What a world came to. */
export function reportOf(seed: number, play: Play): SimulationReport {
  const { faults, store, lanes, ledger } = play.world;
  const instances = play.instances();
  return {
    seed,
    worlds: 1,
    instances: instances.length,
    transitions: instances.reduce((sum, { state }) => sum + state.n, 0),
    calls: ledger.records.length,
    faults: tally(faults.map(({ way }) => kindOf(way))),
    racesLost: store.lost,
    deadLetters: lanes.deadLetters.length,
    ends: tally(instances.map(({ state }) => statusOf(state))),
  };
}

/** Both together; the seed is the first one's. */
export function addReports(one: SimulationReport, other: SimulationReport): SimulationReport {
  return {
    seed: one.seed,
    worlds: one.worlds + other.worlds,
    instances: one.instances + other.instances,
    transitions: one.transitions + other.transitions,
    calls: one.calls + other.calls,
    faults: addCounts(one.faults, other.faults),
    racesLost: one.racesLost + other.racesLost,
    deadLetters: one.deadLetters + other.deadLetters,
    ends: addCounts(one.ends, other.ends),
  };
}

/**
 * Demands that the worlds met every kind of fault that was not switched off, lost a race and had a dead
 * letter: a fault that never happens tests nothing.
 * @throws SagaError SIMULATION_IDLE
 */
export function assertEveryFaultMet({
  seed,
  worlds,
  faults,
  racesLost,
  deadLetters,
}: SimulationReport): void {
  const counts = { ...faults, "a lost race": racesLost, "a dead letter": deadLetters };
  const missed = Object.entries(counts).flatMap(([what, count]) => (count === 0 ? [what] : []));
  if (missed.length === 0) return;
  const problem = `${worlds} worlds from seed ${seed} on never met ${missed.join(", ")}.`;
  throw new SagaError("SIMULATION_IDLE", problem, { details: { seed, worlds, missed } });
}

type Counts<Key extends string> = Partial<Record<Key, number>>;

function tally<Key extends string>(keys: readonly Key[]): Counts<Key> {
  const counts: Counts<Key> = {};
  for (const key of keys) counts[key] = (counts[key] ?? 0) + 1;
  return counts;
}

function addCounts<Key extends string>(one: Counts<Key>, other: Counts<Key>): Counts<Key> {
  const sum: Counts<Key> = { ...one };
  for (const key of Object.keys(other) as Key[]) sum[key] = (sum[key] ?? 0) + (other[key] ?? 0);
  return sum;
}
