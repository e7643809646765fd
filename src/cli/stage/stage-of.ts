import { isStageName, stageNameFix } from "../../core/topology/resource-names.js";
import { usage } from "../parse.js";
import type { Verb, VerbOptions } from "../verb.js";

/**
 * The stage that a command is for; `undefined`: the embedded engine.
 * @throws SagaError USAGE for what is no name, and where the command has no business with a stage
 */
export function stageOf(verb: Pick<Verb, "name" | "noStage">, options: VerbOptions): string | undefined {
  const { stage, store } = options;
  if (typeof stage !== "string") return undefined;
  if (!isStageName(stage)) throw usage(`"${stage}" is not the name of a stage.`, stageNameFix);
  if (verb.noStage !== undefined) {
    throw usage(`backstep ${verb.name} takes no --stage: ${verb.noStage}.`, "Leave --stage out.");
  }
  if (store !== undefined) {
    throw usage("--stage and --store name two places.", "Leave out --store, which is the embedded engine's.");
  }
  return stage;
}
