import { codeLocations } from "../../aws/cloud-formation/code-locations.js";
import { renderTemplate } from "../../aws/cloud-formation/render-template.js";
import type { Template } from "../../aws/cloud-formation/template.js";
import { compileTopology } from "../../core/topology/compile-topology.js";
import { configNotFound } from "../project.js";
import type { Session } from "../session.js";
import type { Verb } from "../verb.js";

/** `backstep synth`: what `deploy` would send. */
export const synth: Verb = {
  name: "synth",
  summary: "print the CloudFormation template of a stage",
  examples: ["backstep synth", "backstep synth --stage live > template.json"],
  notes:
    "It is what backstep deploy sends: the functions are bundled, for it names them by their\n" +
    "content. AWS is not asked, and no credentials are needed. The stage is dev unless another is named.",
  async run(_args, _options, session) {
    const template = await synthesise(session);
    return { json: template, text: () => JSON.stringify(template, null, 2) };
  },
};

async function synthesise(session: Session): Promise<Template> {
  const { config: configFile, root } = session.project;
  if (configFile === undefined) throw configNotFound(session.cwd);
  const { config } = await session.config();
  const topology = compileTopology(config, { stage: session.options.stage ?? "dev" });
  const entries = [...new Set(topology.functions.map(({ entry }) => entry))];
  const { bundleFunctions } = await import("../deploy/bundle-functions.js");
  const bundles = await bundleFunctions({ root, configFile, entries });
  return renderTemplate(topology, codeLocations(topology.name, config.aws.assetBucket, bundles));
}
