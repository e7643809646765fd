import type { Mend } from "../../core/diagnosis/finding.js";
import { ownPolicy } from "../cloud-formation/policy.js";
import type { StageTools } from "./stage-tools.js";

/**
 * Sets a part of a stage back to what its deployment says.
 * @returns what it did, in a sentence
 * @throws SagaError AWS_DENIED, PACKAGE_MISSING
 */
export async function mendStage(
  { functions, roles }: Pick<StageTools, "functions" | "roles">,
  mend: Mend,
): Promise<string> {
  switch (mend.kind) {
    case "enableMapping":
      await (await functions()).enable(mend);
      return `The mapping from the queue "${mend.queue}" is enabled.`;
    case "freeConcurrency":
      await (await functions()).freeConcurrency(mend.function);
      return `The function "${mend.function}" has no reserved concurrency any more.`;
    case "allowLoops":
      await (await functions()).allowLoops(mend.function);
      return `Lambda lets events come back to the function "${mend.function}".`;
    case "putPolicy":
      await (await roles()).put(mend.role, { name: ownPolicy, document: mend.document });
      return `The role "${mend.role}" allows what its deployment says.`;
  }
}
