/** A stack in a form that both renderers can be brought into: settings by kind and name of a resource. */
export type StackShape = Readonly<Record<string, Settings>>;

/** The settings of a resource. One that is absent is one that is not set. */
export type Settings = Readonly<Record<string, unknown>>;

/** The properties of a resource, as a renderer writes them. */
// biome-ignore lint/suspicious/noExplicitAny: whatever is not there is told as a difference
export type Properties = Readonly<Record<string, any>>;

/** A setting that differs. */
export interface Difference {
  /** `function shop-dev-main`. */
  readonly resource: string;
  /** `environment.BACKSTEP_TABLE`. */
  readonly setting: string;
  readonly template: unknown;
  readonly sst: unknown;
}

/** Puts resources of a stack together. Two of one name are an error: one of them would not be compared. */
export function shapeOf(resources: readonly (readonly [name: string, settings: Settings])[]): StackShape {
  const names = resources.map(([name]) => name);
  const double = names.find((name, at) => names.indexOf(name) !== at);
  if (double !== undefined) throw new Error(`The stack has two of "${double}".`);
  return Object.fromEntries(resources);
}

/** What a policy allows, in an order that says nothing. */
export function statementsOf(policy: unknown): readonly string[] {
  const { Statement: statements } = (typeof policy === "string" ? JSON.parse(policy) : policy) as {
    Statement: readonly Settings[];
  };
  const sorted = (value: unknown) => [value].flat().sort();
  return statements
    .map(({ Action, Resource, ...others }) => {
      const resources = Resource === undefined ? {} : { resources: sorted(Resource) };
      return text({ ...others, actions: sorted(Action), ...resources });
    })
    .sort();
}

/** Every setting that one of them has otherwise than the other. */
export function differences(template: StackShape, sst: StackShape): readonly Difference[] {
  return keysOf(template, sst).flatMap((resource) => {
    const ofTemplate = template[resource];
    const ofSst = sst[resource];
    if (ofTemplate && ofSst) return compare(resource, "", ofTemplate, ofSst);
    return [{ resource, setting: "is there", template: Boolean(ofTemplate), sst: Boolean(ofSst) }];
  });
}

function compare(resource: string, path: string, template: unknown, sst: unknown): readonly Difference[] {
  if (isRecord(template) && isRecord(sst)) {
    return keysOf(template, sst).flatMap((key) =>
      compare(resource, path === "" ? key : `${path}.${key}`, template[key], sst[key]),
    );
  }
  return text(template) === text(sst) ? [] : [{ resource, setting: path, template, sst }];
}

function keysOf(...records: readonly Settings[]): readonly string[] {
  return [...new Set(records.flatMap((record) => Object.keys(record)))].sort();
}

function isRecord(value: unknown): value is Settings {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** JSON with sorted keys. */
function text(value: unknown): string {
  const sort = (_: string, inner: unknown) =>
    isRecord(inner) ? Object.fromEntries(keysOf(inner).map((key) => [key, inner[key]])) : inner;
  return JSON.stringify(value, sort) ?? "absent";
}

/** A difference without the name of the resource: what a list of harmless ones holds. */
export function kindOf({ resource, setting, template, sst }: Difference): string {
  return `${resource.split(" ")[0]}.${setting}: ${text(template)} / ${text(sst)}`;
}
