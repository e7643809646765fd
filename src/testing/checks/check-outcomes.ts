import type { PlanNode } from "../../core/plan/plan.js";
import type { CallRecord } from "../handlers/call-ledger.js";
import { type Case, violation } from "./case.js";
import type { Violation } from "./evidence.js";
import { endOf, isStep, keyOf, type Life, needsUndo } from "./life.js";

/**
 * G3: when an instance ends, each step is exactly one of not started, done, refused, compensated, waived; and
 * the calls say the same.
 */
export function checkOutcomes(one: Case): readonly Violation[] {
  const { lives, ended } = one.trace;
  const ends = ended === undefined ? [] : describeEnd(one, ended.status);
  const witnesses = [...lives.flatMap((life) => describeWitness(one, life)), ...describeLate(one)];
  return [...ends, ...witnesses].map((message) => violation("G3", one, message));
}

function describeEnd({ trace, instance, name }: Case, status: string): readonly string[] {
  const current = trace.current;
  const unclear = current.filter((life) => ["open", "undoing", "unknown"].includes(endOf(life)));
  const stuck = unclear.map((life) => `${name} has ended, and "${life.step}" has not: it is ${endOf(life)}.`);
  if (status === "completed") {
    const lives = new Map(current.map((life) => [life.step, life]));
    const missing = unpassed(instance.plan.nodes, lives).map(
      (step) => `${name} is completed, and "${step}" was not passed.`,
    );
    return [...stuck, ...missing];
  }
  if (status !== "compensated") return stuck;
  const left = current.filter((life) => {
    const isDone = endOf(life) === "done";
    return isDone && (life.node?.kind === "pivot" || needsUndo(life, life.settled.at(-1)));
  });
  return [...stuck, ...left.map(({ step }) => `${name} is compensated, and "${step}" is still done.`)];
}

/** The nodes of the chosen path that were not passed. */
function unpassed(nodes: readonly PlanNode[], lives: ReadonlyMap<string, Life>): readonly string[] {
  return nodes.flatMap((node) => {
    if (node.kind === "parallel") return node.branches.flatMap((branch) => unpassed(branch, lives));
    const life = lives.get(node.name);
    const end = life === undefined ? "notStarted" : endOf(life);
    const isOptional = "optional" in node && node.optional;
    if (end !== "done" && end !== "waived" && !(end === "refused" && isOptional)) return [node.name];
    if (node.kind !== "choice") return [];
    return unpassed(node.branches[life?.settled.at(-1)?.output === true ? 0 : 1], lives);
  });
}

/** Whether the ledger has the calls that an outcome stands for. */
function describeWitness(one: Case, life: Life): readonly string[] {
  const { step, undone, node } = life;
  const { calls } = one;
  const key = keyOf(life);
  const last = life.settled.at(-1);
  const hasUndo = node !== undefined && "compensation" in node && node.compensation === "handler";
  const isUndoneByCall = undone?.as === "compensated" && undone.reason !== "resolved" && hasUndo;
  const missing = isUndoneByCall && !isDone(one, "undo", `${key}!undo`);
  const undo = missing ? [`"${step}" is compensated, and no call of its undo came to done.`] : [];
  if (!isStep(life)) return undo;
  const byCall = last?.cause?.kind === "outcome" && last.cause.phase === "run";
  if (last?.as === "done" && byCall && !isDone(one, "run", key)) {
    return [...undo, `"${step}" is done, and no call under its key "${key}" came to done.`];
  }
  const isAnswer = last?.as === "refused" && byCall && last.reason !== "was not called any more";
  const isMarkless = node !== undefined && "compensation" in node && node.compensation === "readOnly";
  if (isAnswer && !isMarkless && !calls.some((call) => call.phase === "run" && call.key === key)) {
    return [...undo, `"${step}" is refused, and no call was made under its key "${key}".`];
  }
  const isReused = one.trace.lives.some((other) => other !== life && other.keys.includes(key));
  if (last?.as === "refused" && !isMarkless && !isReused && isDone(one, "run", key)) {
    return [...undo, `"${step}" is refused, and a call under its key "${key}" came to done${hint(life)}.`];
  }
  return undo;
}

function hint({ settled }: Life): string {
  const { cause } = settled.at(-1) ?? {};
  return cause?.phase === "probe" ? `: its probe said "absent", and that was not final` : "";
}

function describeLate(one: Case): readonly string[] {
  return one.trace.late.flatMap(({ key, mail, settled }) => {
    if (settled?.as !== "done" || settled.reason === "resolved" || isDone(one, "late", key)) return [];
    return [`The late event "${mail}" is dealt with, and no call of \`onLate\` came to done.`];
  });
}

function isDone({ calls }: Case, phase: CallRecord["phase"], key: string): boolean {
  return calls.some((call) => call.phase === phase && call.key === key && call.came === "done");
}
