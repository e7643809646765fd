import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { loadConfig } from "../../src/cli/load-config.js";
import { writeStageRecord } from "../../src/cli/stage/stage-record.js";
import { type CliProject, createCliProject } from "../e2e/cli-project.js";
import { orderProject } from "../e2e/cli-sagas.js";
import { emulated, type Target } from "../emulators/target.js";
import { describeOnTargets } from "../emulators/targets.js";
import { answers, describeCommands, input } from "./cli-commands.js";
import { createCliWorld } from "./cli-world.js";
import { eventually, openStack, type Stack } from "./stack.js";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

describe("on the embedded engine", () => {
  let project: CliProject;

  beforeAll(async () => {
    project = createCliProject(orderProject);
    await project.dev().line(/^Running order/);
  });
  afterAll(() => project.remove());

  const world = () => createCliWorld(project.folder, []);
  describeCommands({ name: "embedded", suffix: "", canCommand: true, world });
});

await describeOnTargets(["dynamoDb", "sqs"], (target) => {
  let project: CliProject;
  let stack: Stack;

  beforeAll(async () => {
    project = createCliProject(orderProject);
    const { config } = await loadConfig(`${project.folder}/backstep.config.ts`);
    stack = await openStack(target, { sagas: config.sagas, services: await config.services() });
    await record(project.folder, target, stack);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await stack.close();
    await project.remove();
  });

  const canCommand = target.lacks.transactions === undefined;
  const place = ["--stage", "dev"];
  const world = () => createCliWorld(project.folder, place);
  describeCommands({ name: target.name, suffix: " --stage dev", canCommand, world });

  it("list and tail name what somebody has edited, and go on without it", async () => {
    const { run, follow } = world();
    await stack.client.start("order", { orderId: "edited", sku: "tea" });
    await run("wait", "order/edited", "--for", "waiting", "--timeout", "20s");
    const tail = follow("tail");
    await tail.until(/Following/);
    await target.clients.dynamoDb.send(
      new UpdateItemCommand({
        TableName: stack.environment.table,
        Key: { pk: { S: "i#order#edited" }, sk: { S: "z#head" } },
        UpdateExpression: "SET #status = :dancing",
        ExpressionAttributeNames: { "#status": "status" },
        ExpressionAttributeValues: { ":dancing": { S: "dancing" } },
      }),
    );
    const listed = await eventually(async () => {
      const { out, err } = await run("list", "--json");
      return err.includes("edited") ? { out, err } : undefined;
    });
    expect(JSON.parse(listed.err.split("\n")[0] ?? "").notice).toContain("order/edited cannot be read");
    expect(JSON.parse(listed.out)).not.toContainEqual(expect.objectContaining({ id: "edited" }));
    await tail.until(/order\/edited cannot be read/);
    await run("start", "order", "--input", input("beside"));
    await tail.until(/order\/beside +waiting/);
    expect(await tail.stop()).toMatchObject({ code: 0 });
    expect(await run("show", "order/edited", "--json")).toMatchObject({
      code: 1,
      err: expect.stringContaining("ITEM_UNREADABLE"),
    });
  });

  it("--json has the shape that it has on the embedded engine", () => {
    const here = answers.get(target.name) ?? new Map();
    expect(here.size).toBeGreaterThan(5);
    for (const [command, shape] of here) {
      expect({ command, shape }).toEqual({ command, shape: answers.get("embedded")?.get(command) });
    }
  });
});

/** Writes what a deployment of the stack would leave. Two emulators are found by the SDK, as AWS is. */
async function record(root: string, { endpoints }: Target, { environment }: Stack): Promise<void> {
  const { dynamoDb, sqs } = endpoints;
  const one = dynamoDb === sqs && dynamoDb !== "aws" ? dynamoDb : undefined;
  if (one === undefined && dynamoDb !== "aws") {
    vi.stubEnv("AWS_ENDPOINT_URL_DYNAMODB", dynamoDb ?? "");
    vi.stubEnv("AWS_ENDPOINT_URL_SQS", sqs ?? "");
    vi.stubEnv("AWS_ACCESS_KEY_ID", emulated.credentials.accessKeyId);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", emulated.credentials.secretAccessKey);
  }
  await writeStageRecord(root, {
    v: 1,
    name: "shop",
    stage: "dev",
    stack: "shop-dev",
    region: emulated.region,
    account: "000000000000",
    ...(one === undefined ? {} : { endpoint: one }),
    deployedAt: "2031-05-04T14:00:00.000Z",
    environment: {
      BACKSTEP_TABLE: environment.table,
      BACKSTEP_LANE_QUEUE_URL: environment.laneQueueUrl,
      BACKSTEP_INDEX_SHARDS: String(environment.indexShards),
    },
    outputs: {},
  });
}
