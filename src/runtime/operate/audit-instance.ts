import { agenda, standsStill } from "../../core/decide/agenda.js";
import { fold } from "../../core/journal/evolve.js";
import { endKey, type InstanceState } from "../../core/journal/state.js";
import { currentStepOf, statusOf } from "../../core/journal/status.js";
import type { SagaPlan } from "../../core/plan/plan.js";
import { isSagaError } from "../../errors/saga-error.js";
import type { HeadSummary, LoadedInstance } from "../../ports/saga-store.js";
import { isBegunImport } from "./begun-import.js";

/** Where what was written and what was applied do not fit together. */
export interface Gap {
  readonly kind: GapKind;
  /** In a sentence. */
  readonly problem: string;
  readonly heal: Heal;
}

/** What can be found. */
export type GapKind =
  | "unreadable"
  | "entryMissing"
  | "headAhead"
  | "headBehind"
  | "headDiffers"
  | "effectsOwed"
  | "unpublished"
  | "unwatched"
  | "mailUnseen"
  | "openAfterEnd"
  | "indexMissing"
  | "indexDiffers";

/**
 * How a gap is healed. `backup`: only by a backup. `wake`: by a watch time. `rewrite`: the head is made from
 * the journal. `resend`: effects after entry `from` are sent again. `touch`: the head is written as it is,
 * and its index row with it.
 */
export type Heal =
  | { readonly how: "backup" | "wake" | "rewrite" | "touch" }
  | { readonly how: "resend"; readonly from: number };

/** Everything that is compared. */
export interface AuditFacts extends LoadedInstance {
  /** `undefined` where its version is not declared. */
  readonly plan: SagaPlan | undefined;
  /** `undefined`: the index does not have it. */
  readonly indexed: HeadSummary | undefined;
  /** The ids of published domain events; `undefined` where nobody keeps them. */
  readonly published: ReadonlySet<string> | undefined;
  /** Events published before may have been forgotten, epoch milliseconds. */
  readonly publishedSince: number;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Compares what was sent, applied and indexed of an instance. @returns none where all of it fits */
export function auditInstance(facts: AuditFacts): readonly Gap[] {
  const { head, entries } = facts;
  const at = entries.findIndex(({ n }, index) => n !== index + 1);
  if (at >= 0) return [gap("entryMissing", `Entry ${at + 1} of its journal is missing.`, { how: "backup" })];
  if (head.n > entries.length) {
    const problem = `Its head knows entry ${head.n}, its journal ends with ${entries.length}.`;
    return [gap("headAhead", problem, { how: "backup" })];
  }
  try {
    const known = fold(head.origin, entries.slice(0, head.n));
    const state = fold(head.origin, entries);
    return [...headGaps(facts, known, state), ...indexGaps(facts)];
  } catch (error) {
    if (!isSagaError(error, "JOURNAL_CORRUPT")) throw error;
    return [gap("unreadable", error.problem, { how: "backup" })];
  }
}

function gap(kind: GapKind, problem: string, heal: Heal): Gap {
  return { kind, problem, heal };
}

function headGaps(facts: AuditFacts, known: InstanceState, state: InstanceState): Gap[] {
  const { head } = facts;
  if (isBegunImport(head)) {
    return [gap("headBehind", "Its import was broken off: import it again.", { how: "backup" })];
  }
  const stray = strayCalls(state);
  if (stray.length > 0) {
    return [
      gap("openAfterEnd", `It has ended, and is not done with ${stray.join(", ")}.`, { how: "backup" }),
    ];
  }
  const gaps = [...differences(facts, known), ...unpublished(facts)];
  if (head.watchAt !== undefined) return [...gaps, ...unseenMail(facts, state)];
  if (state.n > head.n) {
    const problem = `Its journal has entry ${state.n}, its head knows ${head.n}, and nobody looks.`;
    return [...gaps, gap("headBehind", problem, { how: "rewrite" })];
  }
  if (head.settled < head.n) {
    const problem = `Effects after entry ${head.settled} may not have been sent, and nobody looks.`;
    return [...gaps, gap("effectsOwed", problem, { how: "wake" })];
  }
  return [...gaps, ...unwatched(facts, state)];
}

function strayCalls({ ended, open }: InstanceState): string[] {
  if (ended === undefined) return [];
  const isStray = ([key, { phase }]: readonly [string, { phase: string }]) =>
    key !== endKey && phase !== "late";
  return Object.entries(open)
    .filter(isStray)
    .map(([key]) => key);
}

/** Reasons are left out: indexes cut them, and later versions may word them otherwise. */
function differences({ head }: AuditFacts, known: InstanceState): Gap[] {
  const [status, step] = [statusOf(known), currentStepOf(known)];
  const says = (what: string, by: string) =>
    gap("headDiffers", `Its head says ${what}, its journal ${by}.`, { how: "rewrite" });
  if (head.status !== status) return [says(head.status, status)];
  if (head.step !== step) return [says(`that it stands at ${head.step ?? "no step"}`, step ?? "no step")];
  if (head.settled <= head.n) return [];
  return [says(`that effects of entry ${head.settled} are sent`, `ends before it, at ${head.n}`)];
}

/** What the head says was sent, and was not. */
function unpublished({ head, entries, published, publishedSince }: AuditFacts): Gap[] {
  if (published === undefined) return [];
  const owed = entries.find(
    ({ n, at, publish = [] }) =>
      n <= head.settled && at >= publishedSince && publish.some(({ id }) => !published.has(id)),
  );
  if (owed === undefined) return [];
  const names = (owed.publish ?? []).filter(({ id }) => !published.has(id)).map(({ event }) => event);
  const problem = `Entry ${owed.n} emits ${names.join(", ")}, which was never published.`;
  return [gap("unpublished", problem, { how: "resend", from: owed.n - 1 })];
}

/** Whether something is to do, and nobody will look. */
function unwatched({ head, plan, mail, now }: AuditFacts, state: InstanceState): Gap[] {
  const unwatchedGap = (what: string) =>
    gap("unwatched", `It ${what}, and nobody will look at it.`, { how: "wake" });
  if (plan === undefined) {
    const isMoving = ["running", "compensating"].includes(head.status) && !standsStill(state);
    return isMoving ? [unwatchedGap(`is ${head.status}`)] : [];
  }
  const { input, calls, wakeAt } = agenda(plan, state, mail, now);
  if (input?.kind === "mail") return [mailGap(input.mail.event)];
  if (input !== undefined) return [unwatchedGap("has a timer that is due")];
  if (calls.length > 0) return [unwatchedGap(`has to call ${calls.map(({ key }) => key).join(", ")}`)];
  return wakeAt === undefined ? [] : [unwatchedGap("waits for a time")];
}

/** How long a domain event may lie in the mailbox before its wake must have come, milliseconds. */
const mailGraceMs = 300_000;

/** Mail that can be taken, where the next look is far off. */
function unseenMail({ head, plan, mail, now }: AuditFacts, state: InstanceState): Gap[] {
  if (plan === undefined || state.n > head.n || (head.watchAt ?? 0) <= now + mailGraceMs) return [];
  const { input } = agenda(plan, state, mail, now);
  if (input?.kind !== "mail" || input.mail.receivedAt > now - mailGraceMs) return [];
  return [mailGap(input.mail.event)];
}

function mailGap(event: string): Gap {
  return gap("mailUnseen", `"${event}" lies in its mailbox, and nobody looks.`, { how: "wake" });
}

function indexGaps({ head, indexed }: AuditFacts): Gap[] {
  if (indexed === undefined) return [gap("indexMissing", "The index does not have it.", { how: "touch" })];
  const names = ["status", "n", "settled", "watchAt", "rev"] as const;
  const different = names.filter((name) => indexed[name] !== head[name]);
  if (different.length === 0) return [];
  const problem = `The index has another ${different.join(", ")} than its head.`;
  return [gap("indexDiffers", problem, { how: "touch" })];
}
