import { placedNodes } from "../definition/placed-nodes.js";
import type { Found, Subject } from "./finding.js";

/**
 * Finds in the source of a `compensate` where it reads its `output` as if it were always there.
 * @returns the piece of source, or `undefined` where there is none or the source cannot be read
 */
export type FindUnguarded = (source: string) => string | undefined;

/**
 * `unguarded-output`: a step whose outcome is unknown is compensated too, without an `output`. A compensation
 * that reads it all the same throws at every attempt and parks the instance.
 */
export function unguardedOutputs({ saga }: Subject, findUnguarded: FindUnguarded): readonly Found[] {
  return placedNodes(saga).flatMap(({ node }): Found[] => {
    if (node.kind !== "step" || typeof node.compensate !== "function") return [];
    const read = findUnguarded(node.compensate.toString());
    if (read === undefined) return [];
    const problem =
      `The compensate of the step "${node.name}" reads "${read}", but its output is undefined where the ` +
      "outcome of the step is unknown.";
    const fix = "Undo by the forwardKey, or look first whether there is an output.";
    return [{ severity: "error", step: node.name, problem, fix }];
  });
}
