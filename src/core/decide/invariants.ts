/**
 * What holds after every entry. Numbered; broken ones are the engine's fault, never the user's.
 *
 * I1 Nothing but late events and the mappings of a termination is open in an ended instance.
 * I2 In an ended instance each started step is done, refused, compensated or waived (G3).
 * I3 Completed means that every node was passed.
 * I4 Compensated means that nothing is left that need be undone (G3).
 * I5 At most one compensation is open, and what started later is settled and needs no undo (G4).
 * I6 No step starts while the instance goes backward.
 * I7 Once the pivot has started, and was not refused, the instance does not turn backward.
 * I8 Every activity but `$end` belongs to a started step.
 */
import { SagaError } from "../../errors/saga-error.js";
import type { Change } from "../journal/entry.js";
import { endKey, type InstanceState } from "../journal/state.js";
import type { SagaPlan } from "../plan/plan.js";
import { fromNode, frontier, namedNodes, pivotStarted } from "../plan/walk.js";
import { needsUndo } from "./advance.js";

/**
 * Checks the invariants over a transition.
 * @throws SagaError INVARIANT_BROKEN
 */
export function checkInvariants(
  plan: SagaPlan,
  before: InstanceState,
  after: InstanceState,
  changes: readonly Change[],
): void {
  const broken = firstBroken(plan, after, changes);
  if (broken === undefined) return;
  throw new SagaError(
    "INVARIANT_BROKEN",
    `Entry ${after.n} of "${before.saga}/${before.id}" would break ${broken}.`,
    {
      details: { saga: before.saga, id: before.id, n: after.n, invariant: broken },
    },
  );
}

function firstBroken(plan: SagaPlan, after: InstanceState, changes: readonly Change[]): string | undefined {
  if (after.ended !== undefined && !endIsClean(plan, after)) return "I1, I2, I3 or I4";
  if (!undoIsOrdered(plan, after)) return "I5";
  if (!startsForward(changes)) return "I6";
  if (changes.some(turnsForGood) && pivotStarted(plan, after)) return "I7";
  for (const [key, { step, phase }] of Object.entries(after.open)) {
    const isKnown = key === endKey || phase === "late" || after.steps[step] !== undefined;
    if (!isKnown) return "I8";
  }
  return undefined;
}

function endIsClean(plan: SagaPlan, after: InstanceState): boolean {
  const status = after.ended?.status;
  const open = Object.entries(after.open);
  if (!open.every(([key, { phase }]) => phase === "late" || (key === endKey && status === "terminated")))
    return false;
  const records = Object.values(after.steps);
  if (records.some(({ settled }) => settled === undefined || settled === "unknown")) return false;
  if (status === "completed") return frontier(plan, after).complete;
  return status === "terminated" || unsettledUndo(plan, after, after.order) === undefined;
}

function unsettledUndo(plan: SagaPlan, state: InstanceState, names: readonly string[]): string | undefined {
  const nodes = namedNodes(plan);
  return names.find((name) => {
    const node = nodes.get(name);
    const record = state.steps[name];
    return node !== undefined && record !== undefined && needsUndo(node, record);
  });
}

function undoIsOrdered(plan: SagaPlan, after: InstanceState): boolean {
  const undoing = Object.values(after.open).filter(({ phase }) => phase === "undo");
  const only = undoing[0];
  if (only === undefined) return true;
  if (undoing.length > 1) return false;
  const undoTo = after.turned?.undoTo;
  const scope = undoTo === undefined ? undefined : new Set(fromNode(plan, undoTo));
  const startedLater = after.order.slice(after.order.indexOf(only.step) + 1);
  const later = scope === undefined ? startedLater : startedLater.filter((step) => scope.has(step));
  if (later.some((step) => after.steps[step]?.settled === undefined)) return false;
  return unsettledUndo(plan, after, later) === undefined;
}

function startsForward(changes: readonly Change[]): boolean {
  let isBackward = false;
  for (const { kind } of changes) {
    if (kind === "turned") isBackward = true;
    if (kind === "setAside") isBackward = false;
    if (kind === "started" && isBackward) return false;
  }
  return true;
}

/** Whether the instance goes backward to its end, and not only to where a replay begins. */
function turnsForGood(change: Change): boolean {
  return change.kind === "turned" && change.undoTo === undefined;
}
