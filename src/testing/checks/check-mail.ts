import type { Mail } from "../../core/journal/entry.js";
import type { WaitPlan } from "../../core/plan/plan.js";
import { namedNodes } from "../../core/plan/walk.js";
import { type Case, violation } from "./case.js";
import type { Violation } from "./evidence.js";
import type { Firing, Late, Life } from "./life.js";

/** G7: an accepted domain event is never lost, also when it comes before the wait or before the start. */
export function checkMail(one: Case): readonly Violation[] {
  const { trace, instance, name } = one;
  const kept = new Set(instance.mail.map(({ id }) => id));
  const lost = [...trace.takers.keys()].filter((mail) => !kept.has(mail));
  const isOver = one.evidence.healed && trace.ended !== undefined && trace.held === undefined;
  const idle = isOver ? untaken(one).filter(hasLate(one)) : [];
  return [
    ...lost.map((mail) => `The domain event "${mail}" was consumed, and is not in the mailbox of ${name}.`),
    ...idle.map(({ id }) => `The domain event "${id}" came late, and \`onLate\` was not called with it.`),
    ...trace.firings.flatMap((firing) => describeLoser(one, firing)),
    ...trace.late.flatMap((late) => describeHasty(one, late)),
  ].map((message) => violation("G7", one, message));
}

/** The domain events that nobody consumed. */
export function untaken({ instance, trace }: Case): readonly Mail[] {
  return instance.mail.filter(({ id }) => !trace.takers.has(id));
}

/** Whether some wait has an `onLate` for a domain event. */
export function hasLate(one: Case): (mail: Mail) => boolean {
  return ({ event }) => waitsFor(one, event).some(({ late }) => late);
}

/** The waits of a saga that take a domain event. */
export function waitsFor({ instance }: Case, event: string): readonly WaitPlan[] {
  return [...namedNodes(instance.plan).values()].filter((node): node is WaitPlan => {
    return node.kind === "wait" && Object.values(node.events).includes(event);
  });
}

/** A domain event received before the due time beats the timeout; it may go to another wait instead. */
function describeLoser(one: Case, { timer, p, dueAt }: Firing): readonly string[] {
  const { trace, instance, evidence } = one;
  const losers = instance.mail.filter(({ id, event, receivedAt }) => {
    if (dueAt === undefined || receivedAt >= dueAt - evidence.skewMs) return false;
    if (!waitsFor(one, event).some(({ name }) => name === timer)) return false;
    const taken = trace.takers.get(id)?.[0];
    const late = trace.late.some(({ mail }) => mail === id);
    return taken === undefined ? evidence.healed && trace.ended !== undefined : late && taken.p > p;
  });
  return losers.map(({ id, receivedAt }) => {
    const before = (dueAt ?? 0) - receivedAt;
    return `The domain event "${id}" came ${before} ms before "${timer}" timed out, and lost to the timeout.`;
  });
}

/** A domain event is not late as long as a wait for it is open or, without a replay, still to come. */
function describeHasty(one: Case, { p, mail }: Late): readonly string[] {
  const { lives } = one.trace;
  const event = one.instance.mail.find(({ id }) => id === mail)?.event ?? "";
  const names = new Set(waitsFor(one, event).map(({ name }) => name));
  const replays = lives.flatMap(({ aside }) => aside?.p ?? []).filter((at) => at > p);
  const until = Math.min(...replays);
  const hopeful = lives.filter((life) => names.has(life.step) && life.started.p < until && endsAt(life) > p);
  return hopeful.map(({ step }) => {
    return `The domain event "${mail}" was given to \`onLate\`, and "${step}" could still take it.`;
  });
}

function endsAt({ settled, undone, aside }: Life): number {
  return Math.min(...[settled[0], undone, aside].map((mark) => mark?.p ?? Number.POSITIVE_INFINITY));
}
