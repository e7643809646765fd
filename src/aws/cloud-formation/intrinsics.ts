import type { TemplateValue } from "./template.js";

/** What CloudFormation knows of the place that it deploys to, by the placeholder of a topology. */
const pseudoParameters: Readonly<Record<string, string>> = {
  partition: "AWS::Partition",
  region: "AWS::Region",
  account: "AWS::AccountId",
};

/** What a resource is known by: a queue's URL, the name of a function, of a bus, of a log group. */
export function ref(id: string): TemplateValue {
  return { Ref: id };
}

/** The ARN of a resource of the template. */
export function arnOf(id: string): TemplateValue {
  return { "Fn::GetAtt": [id, "Arn"] };
}

/**
 * A text of a topology, with the place filled in. Variables of IAM, such as `${aws:username}`, stay what they
 * are.
 */
export function located(text: string): TemplateValue {
  const filled = text
    .replaceAll("${", "${!")
    .replace(/\{(partition|region|account)\}/g, (_, name: string) => `\${${pseudoParameters[name]}}`);
  return filled.includes("${AWS::") ? { "Fn::Sub": filled } : text;
}
