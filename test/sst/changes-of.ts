/** A value with one text, number or truth in it changed. */
export interface Change<Value> {
  /** `queues.0.visibilitySeconds`. */
  readonly path: string;
  readonly changed: Value;
}

/** Every way to change one thing in a value. */
export function changesOf<Value>(value: Value): readonly Change<Value>[] {
  return pathsOf(value, []).map((path) => ({ path: path.join("."), changed: change(value, path) as Value }));
}

function pathsOf(value: unknown, path: readonly string[]): readonly (readonly string[])[] {
  if (typeof value !== "object" || value === null) return value === undefined ? [] : [path];
  return Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]));
}

function change(value: unknown, [key, ...path]: readonly string[]): unknown {
  if (key === undefined) return other(value);
  if (Array.isArray(value))
    return value.map((inner, at) => (at === Number(key) ? change(inner, path) : inner));
  const record = value as Readonly<Record<string, unknown>>;
  return { ...record, [key]: change(record[key], path) };
}

function other(value: unknown): unknown {
  if (typeof value === "number") return value + 1;
  return typeof value === "boolean" ? !value : `${value}-changed`;
}
