import { type Case, stepOf, violation } from "./case.js";
import type { Evidence, Violation } from "./evidence.js";

/** Whether the journal brought the instance to an end or to an operator. */
export function isSettled({ trace }: Case): boolean {
  return trace.ended !== undefined || trace.parked.size > 0;
}

/** Whether nothing is left to do for the engine: late payments are dealt with as well. */
export function isQuiet(order: Case): boolean {
  const { trace, instance } = order;
  const open = [...trace.late].filter(
    ([mail, state]) => state === "open" && !trace.parked.has(lateKey(mail)),
  );
  const unread = instance.mail.filter(
    ({ id }) => !trace.late.has(id) && stepOf(order, "payment")?.settled?.mail !== id,
  );
  return isSettled(order) && open.length === 0 && unread.length === 0;
}

/** G8: every order has an instance; each has ended or is parked, and its head says what its journal says. */
export function checkEnds(evidence: Evidence, cases: readonly Case[]): Violation[] {
  const known = new Set(cases.map(({ id }) => id));
  const lost = evidence.placed.filter((id) => !known.has(id));
  return [
    ...lost.map((order): Violation => ({ rule: "G8", order, text: "was placed and has no instance" })),
    ...cases.flatMap(checkEnd),
  ];
}

function checkEnd(order: Case): Violation[] {
  const { head } = order.instance;
  const { trace } = order;
  if (!isSettled(order)) {
    const last = trace.steps.at(-1)?.step ?? "the start";
    return [violation("G8", order, `has neither ended nor parked; its last started step is "${last}"`)];
  }
  const status = trace.parked.size > 0 ? "parked" : trace.ended?.status;
  const found: Violation[] = [];
  if (head.status !== status) {
    found.push(violation("G8", order, `is listed as ${head.status}, and its journal says ${status}`));
  }
  if (trace.parked.size === 0 && head.watchAt !== undefined) {
    found.push(violation("G8", order, "has ended and is still watched"));
  }
  return found;
}

/** G4 in the journal: an undo begins when every later-started step is refused, undone, or needs no undo. */
export function checkUndoOrder(order: Case): Violation[] {
  const { steps } = order.trace;
  return steps.flatMap(({ step, undoBegan }, at) => {
    if (undoBegan === undefined) return [];
    const tooEarly = steps.slice(at + 1).filter((later) => {
      const settledAt = later.undone?.n ?? (later.undoBegan === undefined ? later.settled?.n : undefined);
      return settledAt === undefined || settledAt > undoBegan;
    });
    return tooEarly.map((later) =>
      violation(
        "G4",
        order,
        `the undo of "${step}" began in entry ${undoBegan}, before "${later.step}" was settled`,
      ),
    );
  });
}

/** G7: every accepted payment is in the mailbox, and consumed by the wait or dealt with as late. */
export function checkMail(order: Case): Violation[] {
  const { instance, payments, trace } = order;
  const kept = new Set(instance.mail.map(({ id }) => id));
  const accepted = stepOf(order, "payment")?.settled?.mail;
  const lost = payments.filter(
    ({ payment_id, announced_at }) => announced_at !== null && !kept.has(payment_id),
  );
  const idle = [...kept].filter(
    (id) => id !== accepted && trace.late.get(id) !== "done" && !trace.parked.has(lateKey(id)),
  );
  return [
    ...lost.map(({ payment_id }) =>
      violation("G7", order, `the accepted event of "${payment_id}" is not in its mailbox`),
    ),
    ...idle.map((id) =>
      violation("G7", order, `the event "${id}" was neither consumed nor dealt with as late`),
    ),
  ];
}

function lateKey(mail: string): string {
  return `payment.late[${mail}]`;
}

/** The race: a payment that the shop had acknowledged before the window closed wins against the timeout. */
export function checkRace(order: Case): Violation[] {
  const dueAt = stepOf(order, "payment")?.timedOutDue;
  if (dueAt === undefined) return [];
  const early = order.payments.filter(({ announced_at }) => announced_at !== null && announced_at < dueAt);
  return early.map(({ payment_id, announced_at }) => {
    const ms = dueAt - (announced_at ?? dueAt);
    return violation(
      "G7",
      order,
      `"${payment_id}" was acknowledged ${ms} ms before the timeout was due, and lost to it`,
    );
  });
}

/** G7: what the journals publish is published, all of it and nothing else. */
export function checkPublished({ instances, published }: Evidence): Violation[] {
  const sent = new Map(published.map((event) => [event.id, event]));
  const found: Violation[] = [];
  for (const { head, entries } of instances) {
    const order = head.origin.id;
    for (const event of entries.flatMap(({ publish }) => publish ?? [])) {
      const copy = sent.get(event.id);
      sent.delete(event.id);
      if (copy === undefined)
        found.push({ rule: "G7", order, text: `"${event.event}" (${event.id}) was never published` });
      else if (!isSame(copy, event))
        found.push({ rule: "G7", order, text: `"${event.id}" was published with another content` });
    }
  }
  const strays = [...sent.keys()].map(
    (id): Violation => ({ rule: "G1", text: `"${id}" was published and is in no journal` }),
  );
  return [...found, ...strays];
}

function isSame(
  one: { event: string; payload: unknown },
  other: { event: string; payload: unknown },
): boolean {
  return one.event === other.event && JSON.stringify(one.payload) === JSON.stringify(other.payload);
}
