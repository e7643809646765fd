import type { Activity, InstanceState, Status, StepState } from "./state.js";

/** Whether anything of the instance but a late event waits for an operator. */
export function isParked(state: InstanceState): boolean {
  return state.parked !== undefined || Object.values(state.open).some(isBlocking);
}

function isBlocking({ phase, parked }: Activity): boolean {
  return parked !== undefined && phase !== "late";
}

/** Every status, in the order of an instance's life. */
export const statuses: readonly Status[] = [
  "running",
  "waiting",
  "compensating",
  "parked",
  "paused",
  "shed",
  "completed",
  "compensated",
  "terminated",
];

/** The statuses of an instance that has ended. */
export const endStatuses: ReadonlySet<Status> = new Set(["completed", "compensated", "terminated"]);

/** The instance's status. */
export function statusOf(state: InstanceState): Status {
  const open = Object.values(state.open);
  if (state.held !== undefined) return state.held;
  if (state.parked !== undefined || open.some(({ parked }) => parked !== undefined)) return "parked";
  if (state.ended !== undefined) return state.ended.status;
  if (state.direction === "backward") return "compensating";
  return open.length > 0 && open.every(({ phase }) => phase === "wait") ? "waiting" : "running";
}

/** Why the status is what it is, in a phrase; `undefined` where the status says it all. */
export function reasonOf(state: InstanceState): string | undefined {
  const parked = Object.entries(state.open).find(([, activity]) => activity.parked !== undefined);
  if (state.parked !== undefined) return state.parked.message;
  if (parked !== undefined) return `${parked[0]}: ${parked[1].parked?.message}`;
  return state.ended?.reason ?? state.turned?.reason.message;
}

/** The step at which the instance stands; `undefined` when nothing is open. */
export function currentStepOf(state: InstanceState): string | undefined {
  const open = Object.values(state.open);
  const telling = open.find(({ parked }) => parked !== undefined) ?? open[0];
  return telling === undefined || telling.phase === "end" ? undefined : telling.step;
}

/** A step's state; `"notStarted"` also for a name that the saga does not have. */
export function stepStateOf(state: InstanceState, name: string): StepState {
  const activity = state.open[name];
  if (activity === undefined) return state.steps[name]?.settled ?? "notStarted";
  if (activity.parked !== undefined) return "parked";
  switch (activity.phase) {
    case "wait":
      return "waiting";
    case "undo":
      return "compensating";
    case "probe":
      return "unknown";
    default:
      return activity.attempt > 1 ? "retrying" : "running";
  }
}

/** Whether nothing is left to do for anyone: ended, and no late event is being dealt with. */
export function isOver(state: InstanceState): boolean {
  return state.ended !== undefined && Object.keys(state.open).length === 0;
}
