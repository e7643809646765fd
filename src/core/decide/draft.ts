import { applyChange, applyCommandId } from "../journal/apply-change.js";
import type { Change, EndStatus, ErrorInfo, ParkReason } from "../journal/entry.js";
import type { BackwardReason } from "../journal/reason.js";
import { type Activity, type InstanceState, isUntouched } from "../journal/state.js";
import { draftOf, type StateDraft } from "../journal/state-draft.js";
import type { NamedPlan, SagaPlan } from "../plan/plan.js";
import { namedNodes, pivotOf, pivotStarted } from "../plan/walk.js";
import { openCalls } from "./agenda.js";
import type { EndValues, Publication } from "./input.js";

/**
 * An entry in the making: its changes so far, and the state as they leave it. Lives for one call of `decide`.
 */
export class Draft {
  readonly changes: Change[] = [];
  readonly publish: Publication[] = [];
  /** The status of an end whose mappings must be computed first: the draft is then not to be written. */
  needsEnd: EndStatus | undefined;
  private readonly after: StateDraft;

  constructor(
    readonly plan: SagaPlan,
    before: InstanceState,
    readonly now: number,
    /** What the mappings of the end computed, if they were asked for. */
    readonly end: EndValues | undefined,
    /** Whether whoever writes the entry can be asked to compute mappings. */
    readonly canMap: boolean,
  ) {
    this.after = draftOf(before);
    this.after.n += 1;
    this.after.at = now;
  }

  /** The instance as the changes so far leave it: every `add` changes it. */
  get state(): InstanceState {
    return this.after;
  }

  add(change: Change): void {
    this.changes.push(change);
    applyChange(this.after, change);
  }

  addCommandId(commandId: string): void {
    applyCommandId(this.after, commandId);
  }

  node(name: string): NamedPlan | undefined {
    return namedNodes(this.plan).get(name);
  }

  activity(key: string): Activity | undefined {
    return Object.hasOwn(this.state.open, key) ? this.state.open[key] : undefined;
  }

  get isForward(): boolean {
    return this.state.direction === "forward";
  }

  /** Whether a failure of this step can only go forward: it is the pivot, or the pivot lies behind. */
  isFinal(step: string): boolean {
    return this.isForward && (pivotOf(this.plan) === step || pivotStarted(this.plan, this.state));
  }

  park(
    key: string,
    code: ParkReason["code"],
    message: string,
    error?: ErrorInfo,
    unanswered?: boolean,
  ): void {
    this.add({
      kind: "parked",
      key,
      reason: { code, message },
      ...(error === undefined ? {} : { error }),
      ...(unanswered === true ? { unanswered } : {}),
    });
    this.alarm(key, message);
  }

  /** Publishes the alarm that a parked instance raises. */
  alarm(step: string | null, reason: string): void {
    const { saga, id } = this.state;
    this.publish.push({ event: "saga.parked", payload: { saga, id, step, reason } });
  }

  /** Lets an instance that is held or parked as a whole go on, for somebody has decided. */
  release(): void {
    if (this.state.held !== undefined) this.add({ kind: "released" });
    if (this.state.parked !== undefined) this.unpark();
  }

  /** Lets an instance that is parked as a whole go on, with the calls that nobody has begun. */
  unpark(): void {
    for (const { key, idle } of openCalls(this.plan, this.state, Number.POSITIVE_INFINITY)) {
      if (idle && this.state.open[key]?.idle !== true) this.add({ kind: "deferred", key });
    }
    this.add({ kind: "again" });
  }

  /** Turns the instance backward and closes what has no effect that could still land. */
  turn(reason: BackwardReason, undoTo?: string): void {
    this.add({ kind: "turned", reason, ...(undoTo === undefined ? {} : { undoTo }) });
    for (const [key, activity] of Object.entries(this.state.open)) {
      if (activity.phase === "wait" || activity.phase === "run") this.abandon(key, activity, reason.message);
    }
  }

  private abandon(step: string, activity: Activity, why: string): void {
    const node = this.node(step);
    const isPure = node !== undefined && node.kind !== "step" && node.kind !== "pivot";
    const isWaiting = activity.dueAt !== undefined && activity.dueAt > this.now;
    if (!isPure && !isWaiting && activity.parked === undefined) return;
    const neverLanded = isPure || (isUntouched(activity) && activity.parked === undefined);
    if (neverLanded) this.add({ kind: "settled", step, as: "refused", reason: why });
    else this.settleUnknown(step, activity.error);
  }

  /** The step's outcome stays open: a probe may find it, else its compensation must do without. */
  settleUnknown(step: string, error: ErrorInfo | undefined, unanswered?: boolean): void {
    const node = this.node(step);
    const facts = {
      ...(error === undefined ? {} : { error }),
      ...(unanswered === true ? { unanswered } : {}),
    } as const;
    const wasProbed = this.state.open[step]?.phase === "probe";
    if ((node?.kind === "step" || node?.kind === "pivot") && node.probe && !wasProbed) {
      this.add({ kind: "entered", step, phase: "probe", ...facts });
    } else if (node !== undefined && "compensation" in node && node.compensation === "readOnly") {
      this.add({
        kind: "settled",
        step,
        as: "refused",
        reason: "gave no answer, and leaves no mark",
        ...facts,
      });
    } else {
      this.add({ kind: "settled", step, as: "unknown", ...facts });
    }
  }
}
