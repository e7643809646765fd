import { type Agenda, agenda, type Call } from "../../core/decide/agenda.js";
import { deadlineOf } from "../../core/decide/timer.js";
import type { Cause, Finding } from "../../core/diagnosis/finding.js";
import { groupOf } from "../../core/envelope.js";
import { describeDuration } from "../../core/journal/describe-entry.js";
import { isBegunImport } from "./begun-import.js";
import { graceMsOf, type InstanceFacts } from "./instance-facts.js";

/** Something that an instance needs now. */
interface Due {
  /** As the start of a sentence, such as `The step "ship" was to be called`. */
  readonly what: string;
  /** Since when, epoch milliseconds. */
  readonly since: number;
  readonly isTimer: boolean;
  /** Whether a worker may have begun it. */
  readonly isCall: boolean;
}

/** Why an instance that should be on the move is not. */
export function diagnoseMotion(facts: InstanceFacts): readonly Finding[] {
  const { plan, now, group, instance } = facts;
  const { head, state, mail } = instance;
  const needs = plan === undefined ? undefined : agenda(plan, state, mail, now);
  const due = needs && dueNow(facts, needs);
  if (group?.isInWork === true) return due === undefined ? [] : diagnoseBusy(facts, due, group.waiting);
  if (group !== undefined && group.waiting > 0) return [];
  if (head.watchAt === undefined) return needs === undefined ? [] : diagnoseUnwatched(facts, needs);
  const isLate = now - head.watchAt > graceMsOf(facts);
  if (due === undefined) return isLate ? [unseen(facts, head.watchAt)] : [];
  // Where queues tell that nothing is on its way, that is enough; else a call may be being made.
  const isKnown = group !== undefined ? !isBusy(facts) : !due.isCall;
  const isLost = isLate || (isKnown && now - due.since > graceMsOf(facts));
  return isLost ? [diagnoseLost(facts, due)] : [];
}

/** Whether something has been due for long, though it need not be late yet for who watches. */
export function isOverdue(facts: InstanceFacts): boolean {
  const { plan, now, instance } = facts;
  if (plan === undefined) return false;
  const due = dueNow(facts, agenda(plan, instance.state, instance.mail, now));
  return due !== undefined && now - due.since > graceMsOf(facts);
}

/** When somebody looks at what is due and not late yet, for people; `undefined`: nothing is. */
export function expectation(facts: InstanceFacts): string | undefined {
  const { plan, now, instance } = facts;
  if (plan === undefined) return undefined;
  const due = dueNow(facts, agenda(plan, instance.state, instance.mail, now));
  const { watchAt } = instance.head;
  if (due === undefined || watchAt === undefined || watchAt <= now) return undefined;
  const when = `${describeDuration(now - due.since)} ago`;
  return `${due.what} ${when}. If its event is lost, it is looked at in ${describeDuration(watchAt - now)}.`;
}

function dueNow({ instance: { state, entries, mail, head } }: InstanceFacts, needs: Agenda): Due | undefined {
  const { input, calls } = needs;
  if (input?.kind === "mail") {
    const { id, event, receivedAt } = input.mail;
    const since = Math.max(receivedAt, state.at);
    const what = `The domain event "${event}" (${id}) was to be taken`;
    return mail.length === 0 ? undefined : { what, since, isTimer: false, isCall: false };
  }
  if (input?.kind === "timer") return dueTimer(state);
  const [call] = calls;
  if (call === undefined) return undefined;
  const madeDueAt = entries[call.since - 1]?.at ?? head.origin.startedAt;
  const since = state.open[call.key]?.dueAt ?? madeDueAt;
  return { what: calling(call), since, isTimer: call.paused, isCall: true };
}

function calling({ phase, step }: Call): string {
  if (phase === "end") return "Its end was to be computed";
  return `The ${phase === "undo" ? "compensation of" : "step"} "${step}" was to be called`;
}

function dueTimer(state: InstanceFacts["instance"]["state"]): Due {
  const waits = Object.values(state.open).filter(
    ({ phase, parked }) => phase === "wait" && parked === undefined,
  );
  const timers = waits.map(({ step, dueAt }) => ({ what: `The timer of "${step}" was due`, at: dueAt }));
  const all = [...timers, { what: "Its deadline was", at: deadlineOf(state) }];
  const first = all.reduce((one, other) => ((other.at ?? never) < (one.at ?? never) ? other : one));
  return { what: first.what, since: first.at ?? state.at, isTimer: true, isCall: false };
}

const never = Number.POSITIVE_INFINITY;

function isBusy({ lane }: InstanceFacts): boolean {
  return lane !== undefined && lane.visible > 0;
}

/** An event of it is being worked. That is no fault, but what waits behind it does not go on. */
function diagnoseBusy(facts: InstanceFacts, { since }: Due, waiting: number): readonly Finding[] {
  const { now, instance } = facts;
  const { state } = instance;
  if (waiting === 0 || now - since <= graceMsOf(facts)) return [];
  const name = groupOf(state);
  const step = Object.values(state.open).find(
    ({ phase, parked }) => phase !== "wait" && parked === undefined,
  )?.step;
  const place = step === undefined ? "" : `, at "${step}"`;
  const events = `${waiting} ${waiting === 1 ? "event waits" : "events wait"} behind it`;
  return [
    {
      cause: "blockedGroup",
      instance: name,
      problem: `An event of it has been worked for ${describeDuration(now - since)}${place}; ${events}.`,
      fix: "Wait until the call is over; its step's timeout ends it.",
      command: `wait ${name}`,
      alternatives: [`cancel ${name}`],
      isSafe: false,
    },
  ];
}

/** Only on the move without a watch time: whoever should have set one died, or somebody took it away. */
function diagnoseUnwatched(facts: InstanceFacts, { input, calls, wakeAt }: Agenda): readonly Finding[] {
  const { now, instance } = facts;
  const { state, head } = instance;
  const needsSomeone = input !== undefined || calls.length > 0 || wakeAt !== undefined;
  if (!needsSomeone || now - Math.max(state.at, head.updatedAt) <= graceMsOf(facts)) return [];
  if (isBegunImport(head)) return [brokenImport(groupOf(state))];
  const problem = "It has no watch time: nobody will look at it again.";
  return [wakeable(facts, "unwatched", problem)];
}

/** Woken, it would run as far as its journal is there. */
function brokenImport(instance: string): Finding {
  const [problem, fix] = [
    "Its import was broken off.",
    "Import its file again: nothing of it runs until then.",
  ];
  return { cause: "unwatched", instance, problem, fix, isSafe: false };
}

function unseen(facts: InstanceFacts, watchAt: number): Finding {
  const late = describeDuration(facts.now - watchAt);
  return wakeable(facts, "lostTimer", `Somebody was to look at it ${late} ago, and nobody has.`);
}

function diagnoseLost(facts: InstanceFacts, { what, since, isTimer }: Due): Finding {
  const { lane, now } = facts;
  const late = `${what} ${describeDuration(now - since)} ago`;
  if (isTimer) return wakeable(facts, "lostTimer", `${late}, and nobody came.`);
  const { visible = 0, inFlight = 0 } = lane ?? {};
  if (visible + inFlight === 0) return wakeable(facts, "lostEvent", `${late}, and no event carries it.`);
  const there = inFlight > 0 ? `${inFlight} not acknowledged` : `${visible} waiting`;
  const problem = `${late}. In its lane "${lane?.lane}" are events, ${there}: its own may be behind one.`;
  return wakeable(facts, "blockedGroup", problem);
}

function wakeable({ instance: { state } }: InstanceFacts, cause: Cause, problem: string): Finding {
  const instance = groupOf(state);
  const fix = "Wake it: past what may block it, and without a change of its journal.";
  return { cause, instance, problem, fix, command: `doctor ${instance} --fix`, isSafe: true };
}
