import { codeLocations } from "../../aws/cloud-formation/code-locations.js";
import { renderTemplate } from "../../aws/cloud-formation/render-template.js";
import type { Template } from "../../aws/cloud-formation/template.js";
import { compileTopology } from "../../core/topology/compile-topology.js";
import { configNotFound } from "../project.js";
import type { Session } from "../session.js";
import { bundleFunctions, entriesOf } from "./bundle-functions.js";

/** Makes the template of a stage. Calls nobody. */
export async function synthesise(session: Session, stage: string): Promise<Template> {
  const { config: configFile, root } = session.project;
  if (configFile === undefined) throw configNotFound(session.cwd);
  const { config } = await session.config();
  const topology = compileTopology(config, { stage });
  const bundles = await bundleFunctions({ root, configFile, entries: entriesOf(topology) });
  return renderTemplate(topology, codeLocations(topology.name, config.aws.assetBucket, bundles));
}
