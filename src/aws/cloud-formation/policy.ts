import type { Statement } from "../../core/topology/topology.js";
import { located } from "./intrinsics.js";
import type { TemplateValue } from "./template.js";

const version = "2012-10-17";

/** A policy document that allows these. */
export function policyDocument(statements: readonly TemplateValue[]): TemplateValue {
  return { Version: version, Statement: statements };
}

/** What a role allows, in the form of IAM. */
export function allow({ actions, resources }: Statement): TemplateValue {
  return { Effect: "Allow", Action: actions, Resource: resources.map(located) };
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
    Policies: [{ PolicyName: "backstep", PolicyDocument: policyDocument(statements.map(allow)) }],
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
