import type { Change, EndStatus } from "../journal/entry.js";
import { endKey, type StepRecord } from "../journal/state.js";
import { isParked } from "../journal/status.js";
import type { NamedPlan } from "../plan/plan.js";
import { fromNode, frontier } from "../plan/walk.js";
import type { Draft } from "./draft.js";

/** Starts whatever can start now, begins the next undo, or ends the instance: in the same entry. */
export function advance(draft: Draft): void {
  const { state } = draft;
  if (state.ended !== undefined || state.ending !== undefined || state.held !== undefined || isParked(state))
    return;
  if (draft.isForward) goForward(draft);
  else goBackward(draft);
}

function goForward(draft: Draft): void {
  const { toStart, complete } = frontier(draft.plan, draft.state);
  for (const node of toStart) draft.add(startChange(node, draft.now));
  if (complete) end(draft, "completed");
}

/** The change that starts a node. */
export function startChange(node: NamedPlan, now: number): Change {
  const { name: step } = node;
  const within = node.kind === "wait" ? node.withinMs : node.kind === "sleep" ? node.forMs : null;
  const phase = node.kind === "wait" || within !== null ? "wait" : "run";
  return { kind: "started", step, phase, ...(within === null ? {} : { dueAt: now + within }) };
}

/** Undo is serial, in reverse start order, and begins when nothing that goes forward is in flight. */
function goBackward(draft: Draft): void {
  if (Object.values(draft.state.open).some(({ phase }) => phase !== "late")) return;
  const undoTo = draft.state.turned?.undoTo;
  const scope = undoTo === undefined ? undefined : new Set(fromNode(draft.plan, undoTo));
  for (const step of draft.state.order.toReversed()) {
    if (scope?.has(step) === false) continue;
    const record = draft.state.steps[step];
    const node = draft.node(step);
    if (record === undefined || node === undefined) continue;
    if (needsUndo(node, record)) return beginUndo(draft, node, record);
    if (record.settled === "unknown") {
      draft.add({ kind: "undone", step, as: "compensated", reason: "leaves nothing that need be undone" });
    }
  }
  if (scope === undefined) return end(draft, "compensated");
  const steps = draft.state.order.filter((step) => scope.has(step));
  draft.add({ kind: "setAside", steps, newKeys: [] });
  goForward(draft);
}

/** Whether going backward must call user code for this step. */
export function needsUndo(node: NamedPlan, { settled, mail }: StepRecord): boolean {
  if (settled !== "done" && settled !== "unknown") return false;
  if (node.kind === "emit") return node.takeBack !== null;
  if (node.kind === "wait") return node.compensation === "handler" && mail !== undefined;
  return "compensation" in node && node.compensation === "handler";
}

/**
 * An undo must not overtake an effect that can still land: it waits out the longest life of an unanswered
 * call.
 */
function beginUndo(draft: Draft, node: NamedPlan, { unanswered }: StepRecord): void {
  const turnedAt = draft.state.turned?.at ?? draft.now;
  const timeoutMs = "timeoutMs" in node ? node.timeoutMs : 0;
  const safeAt = turnedAt + timeoutMs + draft.plan.workerTimeoutMs;
  const wait = unanswered === true && safeAt > draft.now ? { dueAt: safeAt } : {};
  draft.add({ kind: "entered", step: node.name, phase: "undo", ...wait });
}

/** Ends the instance; where the end has mappings, only with their values. */
export function end(draft: Draft, status: EndStatus): void {
  const { plan } = draft;
  const event = plan.end.emits[status];
  const needsValues = event !== undefined || (status === "completed" && plan.end.output);
  if (needsValues && draft.end === undefined) {
    if (draft.canMap) draft.needsEnd = status;
    else draft.add({ kind: "ending", status });
    return;
  }
  if (draft.end?.kind === "failed") {
    const { error } = draft.end;
    draft.add({ kind: "ending", status });
    return draft.park(endKey, "mappingFailed", `a mapping of the end failed: ${error.message}`, error);
  }
  if (event !== undefined) draft.publish.push({ event, payload: draft.end?.payload ?? null });
  const output =
    status === "completed" && draft.end?.output !== undefined ? { output: draft.end.output } : {};
  const reason = status === "compensated" ? { reason: draft.state.turned?.reason.message ?? "" } : {};
  draft.add({ kind: "ended", status, ...output, ...reason });
}
