import { type Case, callsOfSteps, stepKey, stepOf, violation } from "./case.js";
import type { CallRow, Violation } from "./evidence.js";
import { groupBy } from "./group-by.js";
import type { StepTrace } from "./trace.js";

/** G2: calls come under the expected keys, no more often than the journal admits, with one effect a key. */
export function checkKeys(order: Case): Violation[] {
  const strange = order.calls.filter((call) => !isExpected(order, call));
  return [
    ...strange.map((call) =>
      violation("G2", order, `${call.service}.${call.operation} was called under the key "${call.key}"`),
    ),
    ...Object.keys(callsOfSteps).flatMap((step) => checkCalls(order, step)),
    ...checkRepeats(order),
    ...checkWitnesses(order),
  ];
}

function isExpected({ id, trace, instance }: Case, { service, operation, direction, key }: CallRow): boolean {
  if (service === "payments" && operation === "refund") {
    const late = instance.mail.filter((mail) => trace.late.has(mail.id));
    return key === `${stepKey(id, "payment")}!undo` || late.some((mail) => key === lateKey(id, mail.id));
  }
  const entry = Object.entries(callsOfSteps).find(([step, known]) => {
    const operations = { forward: known.forward, undo: known.undo, probe: "find" };
    return known.service === service && operations[direction] === operation && key === stepKey(id, step);
  });
  return entry !== undefined;
}

function lateKey(id: string, mail: string): string {
  return `${stepKey(id, "payment")}!late/${mail}`;
}

function checkCalls(order: Case, step: string): Violation[] {
  const trace = stepOf(order, step);
  const forward = callsOf(order, step, "forward");
  const undo = callsOf(order, step, "undo");
  const found: Violation[] = [];
  if (forward.length > (trace?.attempts ?? 0)) {
    found.push(
      violation(
        "G2",
        order,
        `"${step}" was called ${forward.length} times in ${trace?.attempts ?? 0} attempts`,
      ),
    );
  }
  if (undo.length > (trace?.undoAttempts ?? 0)) {
    const attempts = trace?.undoAttempts ?? 0;
    found.push(
      violation("G2", order, `the undo of "${step}" was called ${undo.length} times in ${attempts} attempts`),
    );
  }
  return found;
}

function checkRepeats(order: Case): Violation[] {
  const effects = order.calls.filter(({ answer }) => answer === "done" || answer === "undone");
  const byKey = groupBy(effects, ({ key, direction }) => `${direction} ${key}`);
  const repeated = [...byKey].filter(([, calls]) => calls.length > 1);
  return repeated.map(([what, calls]) => violation("G2", order, `${what} took effect ${calls.length} times`));
}

/** What the journal calls done or undone has a call in the ledger that says so. */
function checkWitnesses(order: Case): Violation[] {
  const { id, calls, trace } = order;
  const answered = new Set(
    calls.filter(({ answer }) => answer !== "failed").map((call) => `${call.direction} ${call.key}`),
  );
  const expected = trace.steps.flatMap(({ step, settled, undone }) => {
    const { forward, undo } = callsOfSteps[step] ?? {};
    const done = forward !== undefined && settled?.as === "done" ? [`forward ${stepKey(id, step)}`] : [];
    if (undone?.as !== "compensated") return done;
    if (step === "payment") return [`forward ${stepKey(id, step)}!undo`];
    return undo === undefined ? done : [...done, `undo ${stepKey(id, step)}`];
  });
  const late = [...trace.late]
    .filter(([, state]) => state === "done")
    .map(([mail]) => `forward ${lateKey(id, mail)}`);
  const missing = [...expected, ...late].filter((what) => !answered.has(what));
  return missing.map((what) =>
    violation("G2", order, `the journal knows a call that no participant does: ${what}`),
  );
}

function callsOf({ id, calls }: Case, step: string, direction: CallRow["direction"]): CallRow[] {
  return calls.filter((call) => call.key === stepKey(id, step) && call.direction === direction);
}

/** What must be true of the participants when the journal says that a step has ended so. */
type Final = "notStarted" | "done" | "refused" | "compensated" | "waived" | "open";

function finalOf(trace: StepTrace | undefined): Final {
  if (trace === undefined) return "notStarted";
  if (trace.undone !== undefined) return trace.undone.as;
  if (trace.undoBegan !== undefined || trace.settled === undefined) return "open";
  return trace.settled.as === "unknown" ? "open" : trace.settled.as;
}

/** G3: at the end each step is done, refused, undone or not started, and the participants say the same. */
export function checkEffects(order: Case): Violation[] {
  const stands = {
    reserveStock: order.reservations.filter(({ state }) => state === "reserved").length,
    createOrder: order.orders.filter(({ state }) => state === "open").length,
    capture: order.payments.filter(({ state }) => state === "captured").length,
    ship: order.shipments.length,
  };
  const found = Object.entries(stands).flatMap(([step, count]) => checkEffect(order, step, count));
  return [...found, ...checkWhole(order), ...checkPayments(order), ...checkAdmission(order)];
}

function checkEffect(order: Case, step: string, stands: number): Violation[] {
  const final = finalOf(stepOf(order, step));
  if (final === "waived") return [];
  if (final === "open") {
    if (order.trace.ended === undefined) return [];
    return [violation("G3", order, `has ended, and "${step}" is not settled`)];
  }
  const expected = final === "done" ? 1 : 0;
  if (stands === expected) return [];
  return [
    violation(
      "G3",
      order,
      `"${step}" is ${final} in the journal, and stands ${stands} times at its participant`,
    ),
  ];
}

/** An order is paid and shipped, or neither. */
function checkWhole(order: Case): Violation[] {
  const { ended } = order.trace;
  if (ended === undefined) return [];
  const finals = Object.keys(callsOfSteps).map((step) => finalOf(stepOf(order, step)));
  const isWhole = finals.every((final) => (final === "done") === (ended.status === "completed"));
  return isWhole
    ? []
    : [violation("G3", order, `is ${ended.status}, and its steps are ${finals.join(", ")}`)];
}

/** The money of an announced payment is captured by the order that accepted it, or refunded. */
function checkPayments(order: Case): Violation[] {
  const wait = stepOf(order, "payment");
  return order.payments.flatMap(({ payment_id, state, announced_at }) => {
    if (announced_at === null) return [];
    const isAccepted = wait?.settled?.mail === payment_id;
    const late = order.trace.late.get(payment_id);
    const mustBe = isAccepted ? stateOfAccepted(order, wait) : late === "done" ? "refunded" : undefined;
    if (mustBe === undefined || mustBe === state) return [];
    return [violation("G3", order, `"${payment_id}" is ${state} and should be ${mustBe}`)];
  });
}

function stateOfAccepted(order: Case, wait: StepTrace | undefined): string | undefined {
  if (finalOf(wait) === "compensated") return "refunded";
  return finalOf(stepOf(order, "capture")) === "done" ? "captured" : undefined;
}

/** G5: once the undo of a step was answered, its forward call has no effect any more. */
function checkAdmission(order: Case): Violation[] {
  return Object.keys(callsOfSteps).flatMap((step) => {
    const firstUndo = callsOf(order, step, "undo").find(({ answer }) => answer !== "failed");
    const lastEffect = callsOf(order, step, "forward").findLast(({ answer }) => answer === "done");
    if (firstUndo === undefined || lastEffect === undefined || lastEffect.n < firstUndo.n) return [];
    return [
      violation(
        "G5",
        order,
        `"${step}" took effect after its undo (calls ${firstUndo.n} and ${lastEffect.n})`,
      ),
    ];
  });
}

/** G4 and G9 at the participants: calls come in start order, undo calls in reverse start order after them. */
export function checkCallOrder(order: Case): Violation[] {
  const started = order.trace.steps.map(({ step }) => step).filter((step) => step !== "announce");
  const found: Violation[] = [];
  for (const [at, earlier] of started.entries()) {
    for (const later of started.slice(at + 1)) found.push(...checkPair(order, earlier, later));
  }
  return found;
}

function checkPair(order: Case, earlier: string, later: string): Violation[] {
  const calls = { earlier: allCalls(order, earlier), later: allCalls(order, later) };
  const found: Violation[] = [];
  const lastForward = calls.earlier.findLast(({ direction }) => direction === "forward")?.n ?? 0;
  const firstLater = calls.later[0]?.n ?? Number.POSITIVE_INFINITY;
  if (firstLater < lastForward) {
    found.push(violation("G9", order, `"${later}" was called before "${earlier}" had its answer`));
  }
  const firstUndo =
    calls.earlier.find(({ direction }) => direction === "undo")?.n ?? Number.POSITIVE_INFINITY;
  const lastLater = calls.later.at(-1)?.n ?? 0;
  if (lastLater > firstUndo) {
    found.push(
      violation(
        "G4",
        order,
        `"${earlier}" was undone before "${later}" was settled (calls ${firstUndo} and ${lastLater})`,
      ),
    );
  }
  return found;
}

function allCalls(order: Case, step: string): CallRow[] {
  const { id } = order;
  if (step !== "payment") return order.calls.filter(({ key }) => key === stepKey(id, step));
  const undo = order.calls.filter(({ key }) => key === `${stepKey(id, "payment")}!undo`);
  return undo.map((call) => ({ ...call, direction: "undo" }));
}
