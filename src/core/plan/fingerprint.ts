import { createHash } from "node:crypto";
import { z } from "zod";
import type { AnySaga, AnySchema, DefinitionNode } from "../definition/nodes.js";
import { canonicalJson, type Json, toJson } from "../json.js";

/**
 * Names what may not change under a running instance: names, kinds, order, pivot and schemas. Retries,
 * timeouts and lanes are not part of it.
 * @returns 16 hexadecimal digits
 */
export function fingerprint(saga: AnySaga): string {
  return hashOf([saga.name, schemaShape(saga.input), saga.nodes.map(nodeShape)]);
}

/** Names a schema as the fingerprint sees it. @returns 16 hexadecimal digits */
export function schemaHash(schema: AnySchema): string {
  return hashOf(schemaShape(schema));
}

function hashOf(shape: Json): string {
  return createHash("sha256").update(canonicalJson(shape)).digest("hex").slice(0, 16);
}

function nodeShape(node: DefinitionNode): Json {
  const { kind, name } = node;
  switch (node.kind) {
    case "step":
    case "pivot":
      return [kind, name, schemaShape(node.output)];
    case "wait":
      return [kind, name, Object.entries(node.events).map(([tag, { event }]) => [tag, eventShape(event)])];
    case "emit":
      return [kind, name, eventShape(node.event)];
    case "parallel":
      return [kind, name, node.branches.map((branch) => branch.map(nodeShape))];
    case "choice":
      return [kind, name, node.then.map(nodeShape), node.otherwise.map(nodeShape)];
    case "sleep":
      return [kind, name];
  }
}

function eventShape({ name, payload }: { readonly name: string; readonly payload: AnySchema }): Json {
  return [name, schemaShape(payload)];
}

const shapes = new WeakMap<AnySchema, Json>();

function schemaShape(schema: AnySchema | undefined): Json {
  if (schema === undefined) return null;
  const known = shapes.get(schema);
  if (known !== undefined) return known;
  const jsonSchema = z.toJSONSchema(schema, { io: "input", unrepresentable: "any", cycles: "ref" });
  const shape = toJson(jsonSchema, "JSON schema") ?? null;
  shapes.set(schema, shape);
  return shape;
}
