import type { LockedStep, LockedVersion } from "./saga-lock.js";

/**
 * What differs between two shapes of one version, in words, as far as the lock can tell.
 * @returns at least one phrase such as `the step "ship" was removed`
 */
export function describeShapeChange(before: LockedVersion, after: LockedVersion): readonly string[] {
  const changes = [
    ...(before.input === after.input ? [] : ["the schema of the input changed"]),
    ...namesChanged(before.steps, after.steps),
    ...commonNames(before.steps, after.steps).flatMap((name) =>
      stepChanged(name, before.steps[name] as LockedStep, after.steps[name] as LockedStep),
    ),
    ...orderChanged(before.steps, after.steps),
  ];
  return changes.length === 0 ? ["it changed in a way that the lock file does not tell"] : changes;
}

type Steps = LockedVersion["steps"];

/** A step that left and one of its kind that came in its place are taken for one that was renamed. */
function namesChanged(before: Steps, after: Steps): string[] {
  const old = Object.keys(before);
  const fresh = Object.keys(after);
  const renamed = new Map(
    old.flatMap((name, at): [string, string][] => {
      const other = fresh[at] ?? "";
      const isSwap = !Object.hasOwn(after, name) && other !== "" && !Object.hasOwn(before, other);
      return isSwap && before[name]?.kind === after[other]?.kind ? [[name, other]] : [];
    }),
  );
  const arrived = new Set(renamed.values());
  const gone = old.filter((name) => !Object.hasOwn(after, name));
  const added = fresh.filter((name) => !Object.hasOwn(before, name) && !arrived.has(name));
  return [
    ...gone.map((name) => {
      const other = renamed.get(name);
      const subject = subjectOf(name, before[name]);
      return other === undefined ? `${subject} was removed` : `${subject} was renamed to "${other}"`;
    }),
    ...added.map((name) => `${subjectOf(name, after[name])} was added`),
  ];
}

function stepChanged(name: string, before: LockedStep, after: LockedStep): string[] {
  const subject = subjectOf(name, before);
  if (before.kind !== after.kind) return [`${subject} became a ${after.kind}`];
  const moved = before.branch === after.branch ? [] : [`${subject} moved to ${placeOf(after)}`];
  return [...moved, ...schemasChanged(subject, before.schemas ?? {}, after.schemas ?? {})];
}

type Schemas = NonNullable<LockedStep["schemas"]>;

function schemasChanged(subject: string, before: Schemas, after: Schemas): string[] {
  return [
    ...keysMissing(before, after).map((key) => `${subject} lost ${thing(key)}`),
    ...keysMissing(after, before).map((key) => `${subject} got ${thing(key)}`),
    ...Object.keys(before)
      .filter((key) => Object.hasOwn(after, key) && before[key] !== after[key])
      .map((key) => `the schema of ${thing(key)} of ${subject} changed`),
  ];
}

/** The key of a step is `output`, that of a wait or an emit a domain event. */
function thing(key: string): string {
  return key === "output" ? "the output" : `the domain event "${key}"`;
}

function orderChanged(before: Steps, after: Steps): string[] {
  const now = commonNames(after, before);
  if (commonNames(before, after).every((name, at) => name === now[at])) return [];
  return [`the order changed to ${now.map((name) => `"${name}"`).join(", ")}`];
}

function commonNames(first: Steps, second: Steps): string[] {
  return Object.keys(first).filter((name) => Object.hasOwn(second, name));
}

function keysMissing(from: Schemas, other: Schemas): string[] {
  return Object.keys(from).filter((key) => !Object.hasOwn(other, key));
}

function subjectOf(name: string, step: LockedStep | undefined): string {
  return `the ${step?.kind ?? "step"} "${name}"`;
}

function placeOf({ branch }: LockedStep): string {
  return branch === undefined ? "the trunk" : `the branch "${branch}"`;
}
