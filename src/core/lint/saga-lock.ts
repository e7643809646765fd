import { z } from "zod";
import { SagaError } from "../../errors/saga-error.js";
import type { AnySaga, DefinitionNode } from "../definition/nodes.js";
import { placedNodes } from "../definition/placed-nodes.js";
import { fingerprint, schemaHash } from "../plan/fingerprint.js";
import { lockFileName } from "./lock-file-name.js";

const stepSchema = z.strictObject({
  kind: z.string(),
  branch: z.string().optional(),
  schemas: z.record(z.string(), z.string()).optional(),
});

const versionSchema = z.strictObject({
  fingerprint: z.string(),
  input: z.string(),
  steps: z.record(z.string(), stepSchema),
});

const lockSchema = z.strictObject({
  version: z.literal(1),
  sagas: z.record(z.string(), z.record(z.string().regex(/^[1-9]\d*$/), versionSchema)),
});

/** An element of a locked version: kind, branch, and the hashes of its schemas by what they describe. */
export type LockedStep = z.infer<typeof stepSchema>;

/** The shape of one version of a saga: its fingerprint, and enough to say what differs from it. */
export type LockedVersion = z.infer<typeof versionSchema>;

/** What `sagas.lock.json` holds: the shape of every version that was ever released, by name and version. */
export type SagaLock = z.infer<typeof lockSchema>;

/** The lock of a project that has locked nothing yet. */
export const emptyLock: SagaLock = { version: 1, sagas: {} };

/** The lock as the file has it: sorted by saga and version, steps in the order of declaration. */
export function renderLock({ version, sagas }: SagaLock): string {
  const names = Object.keys(sagas).sort(); // versions need none: an object has its whole numbers in order
  const sorted = Object.fromEntries(names.map((name) => [name, sagas[name]]));
  return `${JSON.stringify({ version, sagas: sorted }, null, 2)}\n`;
}

/**
 * Reads the text of a lock file.
 * @throws SagaError LOCK_INVALID
 */
export function parseLock(text: string): SagaLock {
  const result = lockSchema.safeParse(parseJson(text));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue?.path.join(".");
  throw lockInvalid(path === "" ? "is not a lock" : `cannot be understood at "${path}"`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw lockInvalid(/^(<<<<<<<|>>>>>>>)/m.test(text) ? "has conflict markers" : "is not JSON", cause);
  }
}

function lockInvalid(what: string, cause?: unknown): SagaError {
  return new SagaError("LOCK_INVALID", `The file "${lockFileName}" ${what}.`, { cause });
}

/** The shape of a saga as it is declared now. */
export function lockVersion(saga: AnySaga): LockedVersion {
  const steps = placedNodes(saga).map(({ node, branch }): [string, LockedStep] => {
    const schemas = schemasOf(node);
    return [
      node.name,
      {
        kind: node.kind,
        ...(branch === undefined ? {} : { branch }),
        ...(Object.keys(schemas).length === 0 ? {} : { schemas }),
      },
    ];
  });
  return {
    fingerprint: fingerprint(saga),
    input: schemaHash(saga.input),
    steps: Object.fromEntries(steps),
  };
}

function schemasOf(node: DefinitionNode): Readonly<Record<string, string>> {
  switch (node.kind) {
    case "step":
    case "pivot":
      return node.output === undefined ? {} : { output: schemaHash(node.output) };
    case "emit":
      return { [node.event.name]: schemaHash(node.event.payload) };
    case "wait":
      return Object.fromEntries(
        Object.entries(node.events).map(([tag, { event }]) => [
          tag === "" ? event.name : `${tag}: ${event.name}`,
          schemaHash(event.payload),
        ]),
      );
    default:
      return {};
  }
}
