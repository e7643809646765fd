import type { StepPlan } from "../plan/plan.js";
import { namedNodes, pivotOf } from "../plan/walk.js";
import type { Found, Subject } from "./finding.js";

const irreversible = words(
  "announce broadcast capture charge debit delete deliver destroy disburse dispatch email erase " +
    "mail notify pay payout publish purge refund send ship sms transfer wire withdraw",
);

/** With one of these in its name a step looks at, prepares or waits for what another one does. */
const harmless = words(
  "address await calculate can check compute decide draft estimate fetch find format get has is " +
    "list load lookup plan policy prepare preview query quote read render score select simulate " +
    "status template validate verify wait",
);

/**
 * `irreversible-step`: what is sent or paid before the pivot stays so when the instance goes backward. A
 * guess by names, for steps that say that there is nothing to undo.
 */
export function irreversibleSteps({ plan }: Subject): readonly Found[] {
  const steps = [...namedNodes(plan).values()].filter((node): node is StepPlan => node.kind === "step");
  const last = steps.findLast(({ compensation }) => compensation !== "readOnly");
  const pivot = pivotOf(plan);
  return steps.flatMap((step): Found[] => {
    const { name, compensation } = step;
    if (compensation !== "none" && compensation !== "readOnly") return [];
    const word = irreversibleWord(name);
    if (word === undefined) return [];
    const problem =
      `The step "${name}" has the compensate "${compensation}", and its word "${word}" names what ` +
      "cannot be undone: if the instance goes backward, it stays done.";
    const undo = "give it a compensate that makes up for it";
    const canBePivot = pivot === undefined && step === last && plan.nodes.includes(step);
    const behind = pivot === undefined ? "a pivot" : `the pivot "${pivot}"`;
    const fix = canBePivot ? `Make it the pivot, or ${undo}.` : `Move it behind ${behind}, or ${undo}.`;
    return [{ severity: "warning", step: name, problem, fix }];
  });
}

function irreversibleWord(name: string): string | undefined {
  const parts = (name.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g) ?? []).map((part) => part.toLowerCase());
  if (parts.some((part) => harmless.has(part))) return undefined;
  return parts.find((part) => irreversible.has(part));
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(" "));
}
