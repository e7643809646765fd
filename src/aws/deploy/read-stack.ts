import {
  DescribeStacksCommand,
  GetTemplateCommand,
  type Stack as StackDescription,
} from "@aws-sdk/client-cloudformation";
import { z } from "zod";
import { call } from "../call.js";
import type { TemplateMetadata } from "../cloud-formation/template.js";
import type { Deployer } from "./deployer.js";

/** A stack as it is. */
export interface StackView {
  /** Its ARN: of this very stack, also once it is deleted. */
  readonly id: string;
  readonly name: string;
  /** As CloudFormation says it: `UPDATE_COMPLETE`. */
  readonly status: string;
  readonly outputs: Readonly<Record<string, string>>;
}

/** What a stack is read through. */
export type StackReader = Pick<Deployer, "cloudFormation" | "endpoint">;

/** Reads a stack. @param stack its name or ARN @returns `undefined` where there is none */
export async function readStack(at: StackReader, stack: string): Promise<StackView | undefined> {
  const place = { action: "cloudformation:DescribeStacks", resource: `stack "${stack}"` };
  const found = await call({ ...place, endpoint: at.endpoint }, async () => {
    try {
      return (await at.cloudFormation.send(new DescribeStacksCommand({ StackName: stack }))).Stacks?.[0];
    } catch (error) {
      if (isStackAbsent(error)) return undefined;
      throw error;
    }
  });
  return found === undefined ? undefined : viewOf(found);
}

function viewOf({ StackId, StackName, StackStatus, Outputs = [] }: StackDescription): StackView {
  const outputs = Outputs.map(({ OutputKey = "", OutputValue = "" }) => [OutputKey, OutputValue]);
  return {
    id: StackId ?? "",
    name: StackName ?? "",
    status: StackStatus ?? "",
    outputs: Object.fromEntries(outputs),
  };
}

/** Whether there is no such stack: CloudFormation has no error of its own for it. */
export function isStackAbsent(error: unknown): boolean {
  return error instanceof Error && error.name === "ValidationError" && / does not exist/.test(error.message);
}

const metadata = z.object({
  Metadata: z.object({
    Backstep: z.object({
      v: z.literal(1),
      name: z.string(),
      sagas: z.array(z.object({ saga: z.string(), version: z.number(), fingerprint: z.string() })),
      indexShardsEver: z.number(),
    }),
  }),
});

/** Reads what a stack's template says about itself. @returns `undefined` where the stack is not ours */
export async function readMetadata(at: StackReader, stack: StackView): Promise<TemplateMetadata | undefined> {
  return metadata.safeParse(await readTemplate(at, stack)).data?.Metadata.Backstep;
}

/** Reads a stack's template as it was sent, parsed. @returns `undefined` where it is not JSON */
export async function readTemplate(at: StackReader, stack: StackView): Promise<unknown> {
  const place = { action: "cloudformation:GetTemplate", resource: `stack "${stack.name}"` };
  const { TemplateBody = "" } = await call({ ...place, endpoint: at.endpoint }, () =>
    at.cloudFormation.send(new GetTemplateCommand({ StackName: stack.id, TemplateStage: "Original" })),
  );
  return parsed(TemplateBody);
}

/** Templates of others may be YAML. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
