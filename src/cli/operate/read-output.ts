import type { Json } from "../../core/json.js";
import type { Registry } from "../../runtime/registry.js";
import { takeJson } from "../take-json.js";
import type { Given } from "./steering.js";

/**
 * Reads what a person gives as the output of a step.
 * @returns `undefined` where the step has none, and for a compensation
 * @throws SagaError USAGE, SCHEMA_MISMATCH: they show what would fit
 */
export async function readOutput({
  instance,
  step = "",
  options: { output, saga },
  session,
}: Given): Promise<Json | undefined> {
  const { config } = await session.config();
  const { createRegistry } = await import("../../runtime/registry.js");
  const { outputSchemaOf } = await import("../../runtime/output-schema.js");
  const isMeant = ({ plan }: Registry["all"][number]) =>
    instance === undefined
      ? saga === undefined || plan.saga === saga
      : plan.saga === instance.state.saga && plan.version === instance.state.version;
  const schemaOf = ({ all }: Registry) =>
    outputSchemaOf(all.findLast((one) => isMeant(one) && one.nodes.has(step))?.nodes.get(step));
  const schema = schemaOf(createRegistry(config.sagas));
  // Whatever else may be wrong is told by the command itself; of many, some may need none.
  const phase = instance?.state.open[step]?.phase ?? "none";
  const needsIt = schema !== undefined && ["run", "probe", "wait"].includes(phase);
  if (output === undefined && !needsIt) return undefined;
  const { toStored } = await import("../../runtime/schema.js");
  return takeJson(session, { option: "--output", value: output, schemaOf }, async (json) =>
    schema === undefined ? (json as Json) : toStored(schema, json, `output given for "${step}"`),
  );
}
