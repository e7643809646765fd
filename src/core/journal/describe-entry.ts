import type { Change, EntryCause, JournalEntry, Origin } from "./entry.js";
import { endKey } from "./state.js";

/**
 * What happened in a transition, in a phrase for people, such as `charge done; ship started`. Without times
 * of day: durations are counted from the entry.
 */
export function describeEntry(entry: Pick<JournalEntry, "at" | "cause" | "changes">): string {
  const said: string[] = [];
  for (const change of entry.changes) {
    const phrase = describeChange(change, entry);
    if (phrase !== "") said.push(withoutEcho(phrase, reasonOf(change), said));
  }
  const who = describeCommand(entry.cause);
  const what = said.map((phrase, at) => (at < said.length - 1 ? phrase.replace(/\.$/, "") : phrase));
  return [who, what.join("; ")].filter((part) => part !== "").join(": ") || "nothing changed";
}

/** What an instance began with, as `describeEntry` says it. */
export function describeStart({ startedAt, changes }: Pick<Origin, "startedAt" | "changes">): string {
  const what = changes.map((change) => describeChange(change, { at: startedAt, cause: { kind: "begin" } }));
  return ["started", what.join("; ")].filter((part) => part !== "").join(": ");
}

/** A length of time in its two largest units, rounded down: `2h 5m`, `1.5s`, `340ms`. */
export function describeDuration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))}ms`;
  if (ms < 10_000) return `${Math.floor(ms / 100) / 10}s`;
  const units = [
    { unit: "d", size: 86_400_000 },
    { unit: "h", size: 3_600_000 },
    { unit: "m", size: 60_000 },
    { unit: "s", size: 1_000 },
  ];
  const first = units.findIndex(({ size }) => ms >= size);
  const parts = units.slice(first, first + 2).map(({ unit, size }, at, shown) => {
    const above = at === 0 ? Number.POSITIVE_INFINITY : (shown[at - 1]?.size ?? size);
    return { unit, count: Math.floor((ms % above) / size) };
  });
  return parts
    .filter(({ count }) => count > 0)
    .map(({ unit, count }) => `${count}${unit}`)
    .join(" ");
}

/** One refusal ends the step, turns the instance and may end it: its reason is said once. */
function withoutEcho(phrase: string, reason: string | undefined, said: readonly string[]): string {
  if (reason === undefined || !said.some((earlier) => earlier.includes(reason))) return phrase;
  return phrase.endsWith(`: ${reason}`) ? phrase.slice(0, -reason.length - 2) : phrase;
}

function reasonOf(change: Change): string | undefined {
  if (change.kind === "turned") return change.reason.message;
  return "reason" in change && typeof change.reason === "string" ? change.reason : undefined;
}

/** Which command was given by whom and why, such as `retry by anna@desk (fixed)`; else empty. */
export function describeCommand({ kind, command, actor, reason }: EntryCause): string {
  if (kind !== "command") return "";
  const who =
    actor === undefined ? "" : ` by ${actor.user}${actor.host === undefined ? "" : `@${actor.host}`}`;
  return `${command ?? "command"}${who}${reason === undefined ? "" : ` (${reason})`}`;
}

type Context = Pick<JournalEntry, "at" | "cause">;

function describeChange(change: Change, context: Context): string {
  switch (change.kind) {
    case "started":
      return change.phase === "wait"
        ? `${change.step} waits${during(change.dueAt, context)}`
        : `${change.step} started`;
    case "begun":
      return `${change.key} is called, once only`;
    case "deferred":
      return `${change.key} must wait`;
    case "retrying":
      return describeRetry(change, context);
    case "entered":
      return describePhase(change, context);
    case "settled":
      return describeOutcome(change);
    case "undone":
      return `${change.step} ${change.as}${because(change.reason)}`;
    case "late":
      return `${change.step}: an event came late`;
    case "lateSettled":
      return change.key === endKey ? "" : `${change.key} ${change.as}${because(change.reason)}`;
    case "timer":
      if (change.dueAt === undefined) return `timer of ${change.key} cancelled`;
      return `timer of ${change.key} due ${inTime(change.dueAt, context)}`;
    default:
      return describeInstanceChange(change);
  }
}

type InstanceKind = "turned" | "parked" | "again" | "held" | "released" | "setAside" | "ending" | "ended";
type InstanceChange = Extract<Change, { kind: InstanceKind }>;

function describeInstanceChange(change: InstanceChange): string {
  switch (change.kind) {
    case "turned":
      return `goes backward: ${change.reason.message}`;
    case "parked":
      return ["parked", ...nameOf(change.key), change.reason.message].join(": ");
    case "again":
      return nameOf(change.key).map((key) => `${key} is tried again`)[0] ?? "goes on";
    case "held":
      return change.as;
    case "released":
      return "resumed";
    case "setAside":
      return `set aside: ${change.steps.join(", ")}`;
    case "ending":
      return "";
    case "ended":
      return `${change.status}${because(change.reason)}`;
  }
}

/** The key of an activity that has a name of its own: not the end's. */
function nameOf(key: string | undefined): readonly string[] {
  return key === undefined || key === endKey ? [] : [key];
}

function describeRetry(change: Extract<Change, { kind: "retrying" }>, context: Context): string {
  const { key, how, error, dueAt } = change;
  const { cause } = context;
  const attempt = cause.key === key && cause.attempt !== undefined ? ` (attempt ${cause.attempt})` : "";
  const ends = {
    failed: "failed",
    timedOut: "timed out",
    interrupted: "was interrupted",
    refused: "refused",
  };
  const why = error === undefined || how === "timedOut" ? "" : `: ${error.message}`;
  return `${key} ${ends[how]}${attempt}, again ${inTime(dueAt, context)}${why}`;
}

function describePhase(change: Extract<Change, { kind: "entered" }>, context: Context): string {
  const { step, phase, error, dueAt } = change;
  switch (phase) {
    case "probe":
      return `${step} has no clear outcome${because(error?.message)}, its probe is asked`;
    case "undo":
      return dueAt === undefined
        ? `${step} is being compensated`
        : `${step} is compensated ${inTime(dueAt, context)}`;
    case "wait":
      return `${step} waits${during(dueAt, context)}`;
    case "run":
      return `${step} started`;
  }
}

function describeOutcome(change: Extract<Change, { kind: "settled" }>): string {
  const { step, as, reason, error } = change;
  if (as === "done") return `${step} done${because(reason)}`;
  if (as === "refused") return `${step} refused${because(reason)}`;
  return `${step}'s outcome is unknown${because(reason ?? error?.message)}`;
}

function during(dueAt: number | undefined, { at }: Context): string {
  return dueAt === undefined ? "" : ` for ${describeDuration(dueAt - at)}`;
}

function inTime(dueAt: number, { at }: Context): string {
  return dueAt <= at ? "now" : `in ${describeDuration(dueAt - at)}`;
}

function because(reason: string | undefined): string {
  return reason === undefined || reason === "" ? "" : `: ${reason}`;
}
