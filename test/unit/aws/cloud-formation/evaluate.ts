import type { Template, TemplateValue } from "../../../../src/aws/cloud-formation/template.js";

const place: Readonly<Record<string, string>> = {
  "AWS::Partition": "aws",
  "AWS::Region": "eu-west-1",
  "AWS::AccountId": "123456789012",
};

/** A text of a topology, there. */
export function there(text: string): string {
  return text
    .replace("{partition}", "aws")
    .replace("{region}", "eu-west-1")
    .replace("{account}", "123456789012");
}

type Properties = Readonly<Record<string, TemplateValue>>;

/** What `Ref` and `Arn` of a resource are, by its type: all that a template may refer to. */
const known: Readonly<Record<string, (properties: Properties, id: string) => Record<string, string>>> = {
  "AWS::SQS::Queue": ({ QueueName }) => ({
    Ref: `https://sqs.eu-west-1.amazonaws.com/123456789012/${QueueName}`,
    Arn: there(`arn:{partition}:sqs:{region}:{account}:${QueueName}`),
  }),
  "AWS::Lambda::Function": ({ FunctionName }) => ({
    Ref: String(FunctionName),
    Arn: there(`arn:{partition}:lambda:{region}:{account}:function:${FunctionName}`),
  }),
  "AWS::IAM::Role": (_, id) => ({ Arn: `arn:aws:iam::123456789012:role/${id}` }),
  "AWS::Logs::LogGroup": ({ LogGroupName }) => ({ Ref: String(LogGroupName) }),
  "AWS::Events::EventBus": ({ Name }) => ({ Ref: String(Name) }),
  "AWS::SNS::Topic": ({ TopicName }) => ({
    Ref: there(`arn:{partition}:sns:{region}:{account}:${TopicName}`),
  }),
};

function lookUp(template: Template, id: string, attribute: string): string {
  const { Type = "", Properties = {} } = template.Resources[id] ?? {};
  const found = place[id] ?? known[Type]?.(Properties, id)[attribute];
  if (found === undefined) throw new Error(`"${id}" (${Type}) has no ${attribute}.`);
  return found;
}

type Evaluated = string | number | boolean | readonly Evaluated[] | { readonly [key: string]: Evaluated };

/** What CloudFormation makes of a value. @throws Error for whatever it would refuse */
export function evaluate(value: TemplateValue, template: Template): Evaluated {
  if (isList(value)) return value.map((each) => evaluate(each, template));
  if (typeof value !== "object") return value;
  const [[key, given] = ["", ""]] = Object.entries(value);
  if (key === "Ref") return lookUp(template, String(given), "Ref");
  if (!key.startsWith("Fn::")) {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, evaluate(each, template)]));
  }
  if (key === "Fn::Sub") {
    return String(given).replace(/\$\{(!?)([^}]*)\}/g, (_, literal: string, name: string) =>
      literal === "!" ? `\${${name}}` : lookUp(template, name, "Ref"),
    );
  }
  const [first = "", second = ""] = isList(given) ? given : [];
  if (key === "Fn::GetAtt") return lookUp(template, String(first), String(second));
  if (key === "Fn::Split") return String(evaluate(second, template)).split(String(first));
  if (key === "Fn::Join") return (evaluate(second, template) as string[]).join(String(first));
  throw new Error(`There is no function "${key}".`);
}

function isList(value: TemplateValue): value is readonly TemplateValue[] {
  return Array.isArray(value);
}

/** The evaluated properties of all resources of a type. */
export function resourcesOf(template: Template, type: string): Record<string, Evaluated>[] {
  return Object.values(template.Resources)
    .filter(({ Type }) => Type === type)
    .map(({ Properties }) => evaluate(Properties, template) as Record<string, Evaluated>);
}

/** The logical ids that each resource refers to or waits for. */
export function dependenciesOf(template: Template): ReadonlyMap<string, readonly string[]> {
  const found = Object.entries(template.Resources).map(([id, { DependsOn = [], Properties }]) => {
    const named = [...DependsOn, ...refersTo(Properties)].filter((name) => !(name in place));
    return [id, [...new Set(named)]] as const;
  });
  return new Map(found);
}

function refersTo(value: TemplateValue): string[] {
  if (isList(value)) return value.flatMap(refersTo);
  if (typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, given]) => {
    if (key === "Ref") return [String(given)];
    if (key === "Fn::GetAtt") return isList(given) ? [String(given[0])] : [];
    if (key !== "Fn::Sub") return refersTo(given);
    return [...String(given).matchAll(/\$\{([^!}][^}]*)\}/g)].map(([, name = ""]) => name);
  });
}

/** A cycle, as the ids along it; `undefined` if there is none. */
export function cycleOf(graph: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const done = new Set<string>();
  const visit = (id: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(id)) return [...path.slice(path.indexOf(id)), id];
    if (done.has(id)) return undefined;
    for (const next of graph.get(id) ?? []) {
      const cycle = visit(next, [...path, id]);
      if (cycle) return cycle;
    }
    done.add(id);
    return undefined;
  };
  for (const id of graph.keys()) {
    const cycle = visit(id, []);
    if (cycle) return cycle;
  }
  return undefined;
}
