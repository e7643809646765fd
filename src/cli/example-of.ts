import type { AnySchema } from "../core/definition/nodes.js";

/** The parts of a JSON Schema that an example is made from. */
interface Shape {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Shape>>;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly anyOf?: readonly Shape[];
  readonly oneOf?: readonly Shape[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly items?: Shape;
  readonly minItems?: number;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly exclusiveMaximum?: number;
  readonly format?: string;
}

const texts: Readonly<Record<string, string>> = {
  "date-time": "2031-05-04T14:00:00Z",
  date: "2031-05-04",
  time: "14:00:00",
  email: "ada@example.com",
  uri: "https://example.com",
  uuid: "00000000-0000-4000-8000-000000000000",
};

/** How deep an example goes: a schema may contain itself. */
const depthMax = 8;

/** A value, as JSON, of the shape that a schema wants: what it requires, and nothing else. */
export async function exampleOf(schema: AnySchema): Promise<string> {
  const { z } = await import("zod");
  const shape = z.toJSONSchema(schema, { io: "input", unrepresentable: "any", cycles: "ref" }) as Shape;
  return JSON.stringify(sampleOf(shape, { root: shape, name: "text", depth: 0 }));
}

/** Where in a schema a shape stands. */
interface Place {
  readonly root: Shape;
  /** Of the nearest property around it. */
  readonly name: string;
  readonly depth: number;
}

function sampleOf(shape: Shape, { root, name, depth }: Place): unknown {
  if (depth > depthMax) return null;
  const inside = { root, name, depth: depth + 1 };
  if (shape.$ref !== undefined) return sampleOf(referred(shape.$ref, root), inside);
  if (shape.const !== undefined) return shape.const;
  if (shape.enum !== undefined) return shape.enum[0];
  if (shape.default !== undefined) return shape.default;
  const [first] = shape.anyOf ?? shape.oneOf ?? [];
  if (first !== undefined) return sampleOf(first, inside);
  const type = typeof shape.type === "string" ? shape.type : shape.type?.[0];
  switch (type) {
    case "object":
      return Object.fromEntries(
        (shape.required ?? []).map((key) => [
          key,
          sampleOf(shape.properties?.[key] ?? {}, { ...inside, name: key }),
        ]),
      );
    case "array":
      return Array.from({ length: shape.minItems ?? 0 }, () => sampleOf(shape.items ?? {}, inside));
    case "string":
      return texts[shape.format ?? ""] ?? `${name}-1`;
    case "integer":
    case "number":
      return numberOf(shape);
    case "boolean":
      return true;
    default:
      return null;
  }
}

/** The number nearest to 1 within the bounds. */
function numberOf({ minimum = 1, exclusiveMinimum = 0, maximum, exclusiveMaximum }: Shape): number {
  const least = Math.max(1, minimum, exclusiveMinimum + 1);
  return Math.min(least, maximum ?? least, (exclusiveMaximum ?? least + 1) - 1);
}

function referred(pointer: string, root: Shape): Shape {
  return pointer === "#" ? root : (root.$defs?.[pointer.replace("#/$defs/", "")] ?? {});
}
