import type { Statement } from "../../core/topology/topology.js";
import { located } from "./intrinsics.js";
import type { TemplateValue } from "./template.js";

const version = "2012-10-17";

/** A policy document that allows these. */
export function policyDocument(statements: readonly TemplateValue[]): TemplateValue {
  return { Version: version, Statement: statements };
}

/** What a role allows, in the form of IAM. */
export function allow({ actions, resources }: Statement, locate: Locate = located): TemplateValue {
  return { Effect: "Allow", Action: actions, Resource: resources.map(locate) };
}

/** Fills the place into a text of a topology. Default by intrinsics of CloudFormation. */
type Locate = (text: string) => TemplateValue;

/** The name of the policy that a role has of its own. */
export const ownPolicy = "backstep";

/** What a role's own policy says. */
export function ownDocument(statements: readonly Statement[], locate?: Locate): TemplateValue {
  return policyDocument(statements.map((each) => allow(each, locate)));
}

/** That a service may do something to a resource of the stack, under a condition if there is one. */
export function allowService(
  service: string,
  action: string,
  { resource, condition }: { readonly resource: TemplateValue; readonly condition?: TemplateValue },
): TemplateValue {
  return {
    Effect: "Allow",
    Principal: { Service: service },
    Action: action,
    Resource: resource,
    ...(condition === undefined ? {} : { Condition: condition }),
  };
}

/** The role of a function or a schedule; its name is CloudFormation's own. */
export function role(
  trusted: TemplateValue,
  statements: readonly Statement[],
): Readonly<Record<string, TemplateValue>> {
  return {
    AssumeRolePolicyDocument: policyDocument([trusted]),
    Policies: [{ PolicyName: ownPolicy, PolicyDocument: ownDocument(statements) }],
  };
}

/** That a service may take a role. */
export function trust(service: string, condition?: TemplateValue): TemplateValue {
  return {
    Effect: "Allow",
    Principal: { Service: service },
    Action: "sts:AssumeRole",
    ...(condition === undefined ? {} : { Condition: condition }),
  };
}
