import { fold } from "../../core/journal/evolve.js";
import type { SagaPlan } from "../../core/plan/plan.js";
import { redactHistory, redactRulesOf } from "../../core/redact/redact-history.js";
import { isSagaError } from "../../errors/saga-error.js";
import type { GroupFacts, LaneFacts } from "../../ports/lane-desk.js";
import type { KeptMessage } from "../../ports/operator-store.js";
import type { HeadSummary, InstanceRef } from "../../ports/saga-store.js";
import { type Folded, loadExisting } from "../load.js";
import type { Registry } from "../registry.js";
import type { Operator } from "./operator.js";

/** Where an operator looks. */
export interface Place {
  /** A deployed stage: its queues do not tell what is on its way, and its index lags. */
  readonly isStage: boolean;
}

/** Everything that is known of an instance when it is asked why it does not go on. */
export interface InstanceFacts extends Place {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly instance: Folded;
  /** `undefined`: its version is not declared here, or nothing is. */
  readonly plan: SagaPlan | undefined;
  /** Why workers have no plan for it, in a sentence; absent: they have, as far as one can tell. */
  readonly retired?: string;
  /** What the index says; `undefined`: nothing. */
  readonly indexed: HeadSummary | undefined;
  /** Messages of the instance that are kept and that nobody has done with. */
  readonly kept: readonly KeptMessage[];
  /** `undefined` where queues do not tell. */
  readonly group: GroupFacts | undefined;
  /** The lane in which it is looked at; `undefined` where nobody knows. */
  readonly lane: LaneFacts | undefined;
}

/** What is asked once for any number of instances. */
export interface Surveyed extends Place {
  readonly lanes: readonly LaneFacts[];
  readonly deployed: Awaited<ReturnType<Operator["deployed"]>>;
  readonly skipped: readonly string[];
}

/** How late something may be before it is worth a word, milliseconds: watchdogs take a while. */
export function graceMsOf({ isStage }: Place): number {
  return isStage ? 120_000 : 5_000;
}

/** Looks at what is common to all instances. What cannot be seen is skipped. */
export async function surveyPlace(operator: Operator, place: Place): Promise<Surveyed> {
  const skipped: string[] = [];
  const orSkip = async <Found>(look: Promise<Found>, what: string): Promise<Found | undefined> => {
    try {
      return await look;
    } catch (error) {
      // Whatever one look meets, the others are worth having.
      skipped.push(`${what}: ${isSagaError(error) ? error.problem : String(error)}`);
      return undefined;
    }
  };
  const [report, deployed] = await Promise.all([
    orSkip(operator.desk.report(0), "How the lanes stand"),
    orSkip(operator.deployed(), "Which versions are deployed"),
  ]);
  return { ...place, lanes: report?.lanes ?? [], deployed, skipped };
}

const keptMax = 20;
const keptOfAllMax = 1_000;

/**
 * Reads in one go what is kept of some instances: no index knows kept messages by them.
 * @param refs at most 100
 */
export async function gatherKept(
  { records }: Pick<Operator, "records">,
  refs: readonly InstanceRef[],
): Promise<readonly KeptMessage[]> {
  if (refs.length === 0) return [];
  const instances = refs.map(({ saga, id }) => ({ saga, id }));
  return (await records.kept({ instances, limit: keptOfAllMax })).messages;
}

/**
 * Reads everything about an instance.
 * @param kept of this instance and of others
 * @throws SagaError INSTANCE_UNKNOWN, or what the store throws for one that cannot be read
 */
export async function gatherFacts(
  operator: Operator,
  ref: InstanceRef,
  surveyed: Surveyed,
  kept: readonly KeptMessage[],
): Promise<InstanceFacts> {
  const { store, records, desk, clock } = operator;
  // Its group first: what is taken while we read has its event acknowledged, not the other way round.
  const group = await desk.group(ref);
  const instance = await loadExisting(store, ref);
  const indexed = await records.indexed(ref);
  const own = kept.filter((message) => message.instance?.saga === ref.saga && message.instance.id === ref.id);
  const known = knownFacts(operator, instance, surveyed);
  return { ...known, group, indexed, kept: own.slice(0, keptMax), now: clock.now() };
}

/** What is known of an instance that was read, without a further look at it. */
export function knownFacts(
  { registry, clock }: Pick<Operator, "registry" | "clock">,
  read: Folded,
  { isStage, lanes, deployed }: Surveyed,
): InstanceFacts {
  const instance = withoutSecrets(registry, read);
  const { origin } = instance.head;
  const { plan, problem } = declaredPlan(registry, origin);
  const isDeployed = deployed?.some(
    ({ saga, version, fingerprint }) =>
      saga === origin.saga && version === origin.version && fingerprint === origin.fingerprint,
  );
  const retired = retirement(origin, { problem, isDeployed });
  const lane = registry.laneOf(origin);
  return {
    now: clock.now(),
    isStage,
    instance,
    plan,
    ...(retired === undefined ? {} : { retired }),
    indexed: instance.head,
    kept: [],
    group: undefined,
    lane: lanes.find((one) => one.lane === lane),
  };
}

/** What is said of an instance quotes its errors: its saga says what in them is secret. */
function withoutSecrets({ all }: Registry, { head, entries, mail }: Folded): Folded {
  const rules = redactRulesOf(
    all.map(({ saga }) => saga),
    head.origin.saga,
  );
  const shown = redactHistory({ origin: head.origin, entries, mail }, rules);
  return { ...shown, head: { ...head, origin: shown.origin }, state: fold(shown.origin, shown.entries) };
}

function declaredPlan(registry: Registry, origin: HeadSummary["origin"]) {
  try {
    return { plan: registry.of(origin).plan, problem: undefined };
  } catch (error) {
    if (!isSagaError(error)) throw error;
    // Without a configuration nothing can be said of versions.
    return { plan: undefined, problem: registry.all.length === 0 ? undefined : error.problem };
  }
}

/** What is deployed counts; the configuration at hand where that is what runs. */
function retirement(
  { saga, version }: HeadSummary["origin"],
  { problem, isDeployed }: { problem: string | undefined; isDeployed: boolean | undefined },
): string | undefined {
  if (isDeployed === undefined) return problem;
  return isDeployed
    ? undefined
    : `Version ${version} of the saga "${saga}", as it was started, is not deployed.`;
}
