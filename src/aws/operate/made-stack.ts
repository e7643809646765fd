import { z } from "zod";
import { canonicalJson } from "../../core/json.js";
import type { FunctionResource } from "../../core/topology/topology.js";
import { logicalIds } from "../cloud-formation/logical-ids.js";
import { ownDocument, ownPolicy } from "../cloud-formation/policy.js";
import type { StackResource, StageStack } from "./stage-stack.js";

const role = z.object({
  Properties: z.object({
    Policies: z.tuple([z.object({ PolicyName: z.string(), PolicyDocument: z.json() })]),
  }),
});
const lambda = z.object({ Properties: z.object({ RecursiveLoop: z.string() }) });
const template = z.object({ Resources: z.record(z.string(), z.unknown()) });

/** What a stack has made, and from what. */
export interface MadeStack {
  /** As its template has them, by their logical ids. */
  readonly described: Readonly<Record<string, unknown>>;
  readonly resources: readonly StackResource[];
}

/** Reads what a stack has made. @returns `undefined` where there is none @throws SagaError AWS_DENIED */
export async function readMade(
  stack: Pick<StageStack, "template" | "resources">,
): Promise<MadeStack | undefined> {
  const { data } = template.safeParse(await stack.template());
  return data && { described: data.Resources, resources: await stack.resources() };
}

/**
 * The role that a stack has made for a function, if the function is to be today what the stack says of its
 * rights and its loops. What is otherwise then, a deployment does not mend: it changes nothing there.
 */
export function roleAsDeployed(
  { described, resources }: MadeStack,
  { id, statements, recursiveLoop }: Pick<FunctionResource, "id" | "statements" | "recursiveLoop">,
): string | undefined {
  const roleId = logicalIds.role(id);
  const [policy] = role.safeParse(described[roleId]).data?.Properties.Policies ?? [];
  const loops = lambda.safeParse(described[logicalIds.function(id)]).data?.Properties.RecursiveLoop;
  const isSame =
    policy?.PolicyName === ownPolicy &&
    canonicalJson(policy.PolicyDocument) === canonicalJson(ownDocument(statements)) &&
    loops === recursiveLoop;
  return isSame ? resources.find(({ logicalId }) => logicalId === roleId)?.physicalId : undefined;
}
