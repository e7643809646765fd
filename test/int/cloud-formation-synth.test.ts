import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Template } from "../../src/aws/cloud-formation/template.js";
import { bundleFunctions } from "../../src/cli/deploy/bundle-functions.js";
import { type CallOptions, Session } from "../../src/cli/session.js";
import { synth } from "../../src/cli/verbs/synth.js";
import { type CliProject, createCliProject } from "../e2e/cli-project.js";
import { orderProject } from "../e2e/cli-sagas.js";

vi.setConfig({ testTimeout: 60_000 }); // five functions are bundled

let project: CliProject;
beforeAll(() => {
  project = createCliProject(orderProject);
});
afterAll(() => project.remove());

/** Runs it in this process, in an environment without credentials. */
async function run(options: Partial<CallOptions> = {}) {
  const stream = { write: () => undefined };
  const streams = { out: stream, err: stream, readInput: async () => "", ask: async () => undefined };
  const surroundings = { streams, env: {}, cwd: project.folder, stop: new AbortController() };
  const session = new Session({ json: false, verbose: false, noColor: true, ...options }, surroundings);
  const answer = await synth.run([], {}, session);
  if (answer === undefined) throw new Error("synth answers.");
  return { template: answer.json as Template, text: answer.text(session.style) };
}

describe("backstep synth", () => {
  it("prints the template of the stage dev, with the code of each function by its content", async () => {
    const { template, text } = await run();
    expect(JSON.parse(text)).toEqual(template);
    expect(template.Resources.LaneMainQueue?.Properties.QueueName).toBe("shop-dev-main.fifo");
    const request = { root: project.folder, configFile: `${project.folder}/backstep.config.ts` };
    const [lane] = await bundleFunctions({ ...request, entries: ["lane"] });
    expect(template.Resources.LaneMainFunction?.Properties.Code).toMatchObject({
      S3Key: `shop/lane-${lane?.sha256}.zip`,
    });
  });

  it("takes another stage by its name", async () => {
    const { template } = await run({ stage: "live" });
    expect(template.Resources.Table?.Properties.TableName).toBe("shop-live");
  });

  it("needs a configuration", async () => {
    await expect(run({ config: "elsewhere.ts" })).rejects.toMatchObject({ code: "CONFIG_NOT_FOUND" });
  });
});
