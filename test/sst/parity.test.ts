import { existsSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { environmentOf } from "../../src/aws/cloud-formation/outputs.js";
import { renderTemplate } from "../../src/aws/cloud-formation/render-template.js";
import { parseFunctionEnvironment } from "../../src/aws/environment.js";
import { parseLaneQueues } from "../../src/aws/queues/lane-queues.js";
import { compileTopology, type DeployableConfig, type Topology } from "../../src/core/topology/index.js";
import { changesOf } from "./changes-of.js";
import { ofSstAlone, shapeOfSynthesis } from "./shape-of-synthesis.js";
import { shapeOfTemplate } from "./shape-of-template.js";
import { differences, kindOf, type StackShape } from "./stack-shape.js";
import { queueUrl, type Synthesis, synthesise } from "./synthesise.js";

const root = join(import.meta.dirname, "../..");
const stage = "dev";

const configs = {
  "the order saga, one lane": "backstep.config.ts",
  "the order saga, a lane per step": "test/sst/fixtures/per-step.config.ts",
  "every setting": "test/sst/fixtures/everything.config.ts",
};

/** What differs and changes nothing, `<kind>.<setting>: <template> / <SST>`, and why. */
const harmless: Readonly<Record<string, string>> = {
  'function.description: absent / ""': "no description, either way",
  'function.ephemeralStorage: absent / {"size":512}': "Lambda's default",
  'function.handler: "index.handler" / "bundle.handler"': "each bundler names its file; both have `handler`",
  'function.logging.format: absent / "Text"': "Lambda's default",
  'function.packageType: absent / "Zip"': "Lambda's default",
  "function.publish: absent / false": "Lambda's default: no versions",
  'invokeConfig.Qualifier: "$LATEST" / absent': "the provider's default",
  "mapping.maximumBatchingWindowInSeconds: absent / 0": "Lambda's default",
  "queue.contentBased: absent / false": "CloudFormation refuses it on a standard queue",
  "queue.fifo: absent / false": "CloudFormation refuses it on a standard queue",
  'schedule.target.input: absent / "{}"': "the watchdog does not read what it is invoked with",
  "table.localSecondaryIndexes: absent / []": "none, either way",
  "table.streamEnabled: absent / false": "DynamoDB's default",
  "topic.fifoTopic: absent / false": "SNS's default",
};

/** The parts of a topology that no resource shows, and why. */
const unseen: readonly (readonly [path: RegExp, reason: string])[] = [
  [/^stack$/, "the names that begin with it are their own parts"],
  [/^region$/, "a template is deployed to any"],
  [/^sagas\./, "the next `backstep deploy` reads them; SST does not ask"],
  [/^(alarms|mappings|rules|schedules)\.\d+\.id$/, "the name within the topology"],
  [/^(table|bus|topic|(queues|functions)\.\d+)\.arn$/, "whoever needs it refers to the resource"],
  [/^rules\.\d+\.arn$/, "the policy of its queue says it; a topic's policy cannot"],
  [/^queues\.\d+\.kind$/, "the other settings say it"],
  [/^functions\.\d+\.(kind|lane|longestStepSeconds|steps\.\d+)$/, "the other settings say it"],
  [/\.(laneUrls|topic)$/, "it has one value"],
];

/** What is not compared of that which SST makes: its own names, and where it puts the code. */
const unread = [
  "aws:iam/role:Role.inlinePolicies.0.name",
  "aws:lambda/function:Function.s3Bucket",
  "aws:lambda/function:Function.s3Key",
];

function templateOf(topology: Topology): StackShape {
  const keys = topology.functions.map(({ entry }) => [
    entry,
    `${topology.name}/${entry}-${"0".repeat(64)}.zip`,
  ]);
  const code = { bucket: undefined, keys: Object.fromEntries(keys) };
  return shapeOfTemplate(renderTemplate(topology, code));
}

describe.each(Object.entries(configs))("SST and CloudFormation: %s", (_, file) => {
  let topology: Topology;
  let synthesis: Synthesis;
  let ofSst: StackShape;

  beforeAll(async () => {
    const path = join(root, file);
    const { default: config } = (await import(path)) as { default: DeployableConfig };
    topology = compileTopology(config, { stage });
    synthesis = await synthesise(stage, path);
    ofSst = shapeOfSynthesis(synthesis);
  });

  it("make the same stack", () => {
    const found = differences(templateOf(topology), ofSst);
    expect(found.filter((each) => !(kindOf(each) in harmless))).toEqual([]);
  });

  it("differ in what is known to be harmless, and in all of that", () => {
    const kinds = new Set(differences(templateOf(topology), ofSst).map(kindOf));
    expect([...kinds].sort()).toEqual(Object.keys(harmless).sort());
  });

  it("differ as soon as one setting of the topology changes in one of them", () => {
    const write = (of: Topology) => differences(templateOf(of), ofSst).map((each) => JSON.stringify(each));
    const known = new Set(write(topology));
    const isSeen = (changed: Topology) => {
      try {
        return write(changed).some((each) => !known.has(each));
      } catch {
        return true; // a reference that leads nowhere is refused
      }
    };
    const passedOver = changesOf(topology).filter(({ changed }) => !isSeen(changed));
    const paths = passedOver
      .map(({ path }) => path)
      .filter((path) => !unseen.some(([exempt]) => exempt.test(path)));
    expect(paths).toEqual([]);
  });

  it("differ as soon as one setting changes in what SST makes", () => {
    const made = synthesis.resources.filter(({ type }) => !(type in ofSstAlone) && type.startsWith("aws:"));
    const asIs = JSON.stringify(shapeOfSynthesis(synthesis));
    const passedOver = changesOf(made.map(({ inputs }) => inputs)).filter(({ changed }) => {
      const resources = made.map((each, at) => ({ ...each, inputs: changed[at] ?? {} }));
      try {
        return JSON.stringify(shapeOfSynthesis({ ...synthesis, resources })) === asIs;
      } catch {
        return false; // a reference that leads nowhere is refused
      }
    });
    const settings = passedOver.map(({ path }) => path.replace(/^\d+/, (at) => made[Number(at)]?.type ?? ""));
    expect([...new Set(settings)].sort()).toEqual(unread);
  });

  it("give lanes' functions URLs that are those of the lanes' queues", () => {
    const lanes = topology.functions.filter(({ kind }) => kind === "lane");
    for (const { lane = "", name } of lanes) {
      const variables = ofSst[`function ${name}`]?.environment;
      const { laneQueueUrl } = parseFunctionEnvironment(variables);
      const queue = topology.queues.find(({ id }) => id === `lane-${lane}`)?.name ?? "";
      expect(parseLaneQueues(laneQueueUrl).urlOf(lane)).toBe(queueUrl(queue));
      expect(ofSst[`queue ${queue}`]).toBeDefined();
    }
    expect(lanes.length).toBeGreaterThan(0);
  });

  it("give clients the same variables", () => {
    const outputs = ofSst.outputs as Record<string, string>;
    expect(Object.keys(environmentOf(outputs)).sort()).toEqual(Object.keys(topology.client).sort());
  });

  it("bundle files that are there", () => {
    const handlers = synthesis.builds.map(({ handler }) => handler);
    expect(handlers.sort()).toEqual(
      topology.functions.map(({ entry }) => `functions/${entry}.handler`).sort(),
    );
    const missing = handlers.filter((handler) => !existsSync(join(root, handler.replace(/handler$/, "ts"))));
    expect(missing).toEqual([]);
  });

  it("name SST's app after the project", () => {
    expect(synthesis.app.name).toBe(topology.name);
    expect(synthesis.app.providers.aws.region).toBe(topology.region);
  });
});
