import type { Verb } from "../verb.js";

/** `backstep synth`: what `deploy` would send. */
export const synth: Verb = {
  name: "synth",
  summary: "print the CloudFormation template of a stage",
  examples: ["backstep synth", "backstep synth --stage live > template.json"],
  notes:
    "It is what backstep deploy sends: the functions are bundled, for it names them by their content.\n" +
    "AWS is not asked, and no credentials are needed. The stage is dev unless another is named.",
  async run(_args, _options, session) {
    const { synthesise } = await import("../deploy/synthesise.js");
    const template = await synthesise(session, session.options.stage ?? "dev");
    return { json: template, text: () => JSON.stringify(template, null, 2) };
  },
};
