import { type Case, violation } from "./case.js";
import { untaken, waitsFor } from "./check-mail.js";
import type { Violation } from "./evidence.js";

/** G8: whatever dies, every instance reaches an end or is parked, and is listed meanwhile. */
export function checkEnd(one: Case): readonly Violation[] {
  const { instance, evidence } = one;
  const { head, entries } = instance;
  if (head === undefined) return [];
  const messages = evidence.healed ? describeHealed(one) : describeUnwatched(one);
  const isAhead = head.settled > entries.length;
  const ahead = isAhead
    ? [`The head of ${one.name} claims effects of entry ${head.settled}, which is not there.`]
    : [];
  return [...messages, ...ahead].map((message) => violation("G8", one, message));
}

function describeHealed(one: Case): readonly string[] {
  const { trace, instance, name } = one;
  const { status } = trace;
  const unfinished = trace.isAtRest || waitsInPeace(one) ? [] : [describeOpen(one)];
  const listed = instance.head?.status;
  const lie = listed === status ? [] : [`${name} is listed as ${listed}, and its journal says ${status}.`];
  return [...unfinished, ...lie];
}

function describeOpen({ trace, name }: Case): string {
  const open = [...trace.open].map(([key, { phase, dueAt }]) => {
    const until = dueAt === undefined ? "" : ` until ${new Date(dueAt).toISOString()}`;
    return `"${key}" (${phase}${until})`;
  });
  return `${name} has neither ended nor is it parked; open is ${open.join(", ") || "nothing"}.`;
}

/** Whether only a domain event from outside can move it, and none is there. */
function waitsInPeace(one: Case): boolean {
  const { trace } = one;
  return (
    trace.isIdle &&
    untaken(one).every(({ event }) => waitsFor(one, event).every(({ name }) => !trace.open.has(name)))
  );
}

function describeUnwatched(one: Case): readonly string[] {
  const { trace, instance, name } = one;
  const { head } = instance;
  const isListed = head !== undefined && ["parked", "paused", "shed"].includes(head.status);
  if (trace.isAtRest || head?.watchAt !== undefined || isListed || waitsInPeace(one)) return [];
  return [
    `${name} is ${trace.status}, and nobody watches it: its head says ${head?.status} and has no watch time.`,
  ];
}
