/**
 * The sample as its user deploys it: the command line makes the stack, starts orders, deploys a changed
 * function while they are under way, and takes the stack away. What the customers do between is paying,
 * through the command line, the client or the bus, or not paying.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { GetFunctionConfigurationCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { DeleteMessageCommand, ListQueuesCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import type { PublishedEvent } from "backstep";
import { describe, expect, test } from "vitest";
import { checkOrders, describeViolation } from "../../sagas/order/check.js";
import { dynamoDbOrderServices } from "../../sagas/order/dynamo-db-services.js";
import { readDynamoDbShop } from "../../sagas/order/proof/dynamo-db-shop.js";
import type { Evidence } from "../../sagas/order/proof/evidence.js";
import { createClientPorts } from "../../src/aws/aws-ports.js";
import { environmentOf } from "../../src/aws/cloud-formation/outputs.js";
import { parseClientEnvironment } from "../../src/aws/environment.js";
import type { CliProject } from "../e2e/cli-project.js";
import { clientConfig, type Endpoint, type Target } from "../emulators/target.js";
import { describeOnTargets } from "../emulators/targets.js";
import { createShopProject, release, type ShopProjectOptions } from "./shop-project.js";

/** The sample's stack must be there within this time, seconds. */
const deploySecondsMax = 60;

/** Long enough for a deployment in between. Both stages wait at the same time. */
const windowSeconds = 75;

await describeOnTargets(["dynamoDb", "sqs", "events", "cloudFormation"], (target) => {
  describe.concurrent.each(["shared", "per-step"] as const)("lanes: %s", (lanes) => {
    test("orders end right on a deployed stage, over a deployment, and leave nothing", {
      timeout: 400_000,
    }, async () => {
      const options = { name: `shop-${randomUUID().slice(0, 6)}`, lanes, windowSeconds };
      const project = createShopProject(options);
      try {
        await playOrders(new Stage(project, target), options);
      } finally {
        await project.remove();
      }
    });
  });
});

async function playOrders(stage: Stage, options: ShopProjectOptions): Promise<void> {
  const { target } = stage;
  const deployed = await stage.json("deploy", ...stage.place);
  expect(deployed).toMatchObject({ stage: "e2e", stack: `${options.name}-e2e`, changed: true });
  expect(deployed.seconds).toBeLessThan(deploySecondsMax);
  console.log(`  ${options.lanes}: deployed in ${deployed.seconds} s, ${sizesOf(deployed.bundles)}`);
  await expectCode(stage);
  const table = deployed.outputs.BackstepTable as string;
  const client = target.clients.dynamoDb;
  const shop = dynamoDbOrderServices({ table, client });
  await shop.stock.deliver("mug", 100);
  await shop.stock.deliver("print", 1);

  // Twelve orders at once, by the command line; the last two want more prints than there are.
  const ids = Array.from({ length: 12 }, (_, at) => `o-${at + 1}`);
  await Promise.all(ids.map((id, at) => stage.start(id, at < 10 ? "mug" : "print")));
  expect(await stage.run("start", "order", "--input", inputOf("o-1", "lamp"))).toMatchObject({ code: 4 });

  // Two pay before the deployment: one by the command line, one by the bus.
  await stage.pay(shop, "o-1", "good");
  await payByBus(target, deployed.outputs.Bus as string, shop, "o-2");
  expect(await stage.waitAll(["o-1", "o-2"])).toEqual(["completed", "completed"]);

  release(stage.project, options, "v2");
  const again = await stage.json("deploy", ...stage.place);
  expect(again.changed).toBe(true);
  expect(again.changes.map(({ action }: { action: string }) => action)).not.toContain("replace");

  // The others do what they do on the new release: pay, have bad cards, change their minds, or nothing.
  await Promise.all(["o-3", "o-4", "o-5"].map((id) => stage.pay(shop, id, "good")));
  await Promise.all(["o-6", "o-7"].map((id) => stage.pay(shop, id, "declined")));
  expect(await stage.run("cancel", "order/o-8", "--reason", "changed my mind")).toMatchObject({ code: 0 });
  const ends = await stage.waitAll(ids);
  expect(ends.slice(0, 5)).toEqual(Array.from({ length: 5 }, () => "completed"));
  expect(ends.slice(5)).toEqual(Array.from({ length: 7 }, () => "compensated"));

  const evidence = await evidenceOf(stage, ids, client, again.outputs);
  const { violations, ended } = checkOrders(evidence);
  expect(violations.map(describeViolation)).toEqual([]);
  expect(ended).toBe(ids.length);
  const releases = evidence.instances.map(({ entries }) => JSON.stringify(entries).match(/-(v\d)"/)?.[1]);
  expect(releases.filter((found) => found === "v1")).toHaveLength(2);
  expect(releases.filter((found) => found === "v2")).toHaveLength(3);

  await destroy(stage, options, table);
}

/** Every function runs what bundling `functions/` again makes, to the byte. */
async function expectCode(stage: Stage): Promise<void> {
  const { Resources } = await stage.json("synth");
  const { endpoint } = stage;
  const lambda = new LambdaClient(clientConfig(endpoint));
  const functions = Object.values<TemplateFunction>(Resources).filter(
    ({ Type }) => Type === "AWS::Lambda::Function",
  );
  expect(functions.length).toBeGreaterThanOrEqual(5);
  for (const { Properties } of functions) {
    const { FunctionName, Code } = Properties;
    const { CodeSha256 = "" } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
    expect(Code.S3Key).toContain(Buffer.from(CodeSha256, "base64").toString("hex"));
  }
  lambda.destroy();
}

interface TemplateFunction {
  readonly Type: string;
  readonly Properties: { readonly FunctionName: string; readonly Code: { readonly S3Key: string } };
}

async function destroy(stage: Stage, { name }: ShopProjectOptions, table: string): Promise<void> {
  const { dynamoDb } = stage.target.clients;
  expect(await stage.run("destroy", ...stage.place)).toMatchObject({ code: 2 }); // there is nobody to ask
  expect(await stage.run("destroy", "--yes", ...stage.place)).toMatchObject({ code: 0 });
  expect(await queuesOf(stage.target, name)).toEqual([]);
  const { Table } = await dynamoDb.send(new DescribeTableCommand({ TableName: table }));
  expect(Table?.TableName).toBe(table);

  // The table is all that is left; then nothing may be.
  const gone = ["destroy", "--yes", "--delete-data", ...stage.place];
  expect(await stage.run(...gone)).toMatchObject({ code: 0 });
  await expect(dynamoDb.send(new DescribeTableCommand({ TableName: table }))).rejects.toThrow(/not found/i);
  expect(await stage.run(...gone)).toMatchObject({ code: 3 });
}

/** The command line, on one stage of a project. */
class Stage {
  /** Where `deploy` and `destroy` find it. */
  readonly place: readonly string[];
  readonly endpoint: Endpoint;
  readonly #env: Readonly<Record<string, string>>;

  constructor(
    readonly project: CliProject,
    readonly target: Target,
  ) {
    const endpoint = target.endpoints.cloudFormation ?? "aws";
    this.endpoint = endpoint;
    this.place = ["--stage", "e2e", ...(endpoint === "aws" ? [] : ["--endpoint", endpoint])];
    this.#env = {
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
      ...(endpoint === "aws" ? {} : emulatedEnvironment),
    };
  }

  run(...args: readonly string[]) {
    const isPlaced = args.includes("--stage");
    return this.project.backstep(isPlaced ? args : [...args, "--stage", "e2e"], { env: this.#env });
  }

  /** @throws where the command fails */
  async json(...args: readonly string[]) {
    const { code, stdout, stderr } = await this.run(...args, "--json");
    if (code !== 0) throw new Error(`backstep ${args.join(" ")} exits with ${code}:\n${stderr}`);
    return JSON.parse(stdout);
  }

  async start(id: string, sku: string): Promise<void> {
    expect(await this.json("start", "order", "--input", inputOf(id, sku))).toMatchObject({
      id,
      created: true,
    });
  }

  async pay(shop: ReturnType<typeof dynamoDbOrderServices>, orderId: string, card: "good" | "declined") {
    const paymentId = `pay-${orderId}`;
    await shop.payments.authorise({ paymentId, orderId, cents, card });
    const payload = JSON.stringify({ orderId, paymentId, cents });
    await this.json("signal", "payment.received", "--payload", payload, "--event-id", paymentId);
    await shop.payments.markAnnounced(paymentId);
  }

  /** The statuses that orders end with. */
  async waitAll(ids: readonly string[]): Promise<readonly string[]> {
    const statuses: string[] = [];
    for (const id of ids) statuses.push((await this.json("wait", `order/${id}`, "--timeout", "120s")).status);
    return statuses;
  }
}

const emulatedEnvironment = {
  AWS_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "test",
};

const cents = 4_900;

function inputOf(orderId: string, sku: string): string {
  return JSON.stringify({ orderId, sku, quantity: 2, cents });
}

function sizesOf(bundles: readonly { readonly entry: string; readonly bytes: number }[]): string {
  return bundles.map(({ entry, bytes }) => `${entry} ${Math.round(bytes / 1_024)} KB`).join(", ");
}

async function payByBus(
  { clients }: Target,
  bus: string,
  shop: ReturnType<typeof dynamoDbOrderServices>,
  orderId: string,
): Promise<void> {
  const paymentId = `pay-${orderId}`;
  await shop.payments.authorise({ paymentId, orderId, cents, card: "good" });
  const detail = { orderId, paymentId, cents };
  const entry = {
    EventBusName: bus,
    Source: "bank",
    DetailType: "payment.received",
    Detail: JSON.stringify(detail),
  };
  const { FailedEntryCount } = await clients.events.send(new PutEventsCommand({ Entries: [entry] }));
  expect(FailedEntryCount).toBe(0); // its event has an id of the bus: the shop's books cannot name it
}

async function evidenceOf(
  stage: Stage,
  placed: readonly string[],
  client: DynamoDBClient,
  outputs: Readonly<Record<string, string>>,
): Promise<Evidence> {
  const { clients } = stage.target;
  const { BackstepTable: table = "", QueueToMailing = "" } = outputs;
  const { store } = createClientPorts(parseClientEnvironment(environmentOf(outputs)), clients);
  const loaded = await Promise.all(placed.map((id) => store.load({ saga: "order", id })));
  const instances = loaded.filter((found) => found !== undefined);
  const published = await takeEvents(stage.target, QueueToMailing, placed.length);
  return { placed, instances, published, shop: await readDynamoDbShop({ client, table }) };
}

/** What the subscriber finds in its queue. */
async function takeEvents({ clients }: Target, url: string, count: number): Promise<PublishedEvent[]> {
  const found = new Map<string, PublishedEvent>();
  for (let round = 0; found.size < count && round < 30; round += 1) {
    const take = new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 });
    const { Messages = [] } = await clients.sqs.send(take);
    for (const { Body = "", ReceiptHandle } of Messages) {
      const { "detail-type": event, detail } = JSON.parse(Body);
      found.set(detail.id, { id: detail.id, event, payload: detail.payload });
      await clients.sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
    }
    if (Messages.length === 0) await pause(200);
  }
  return [...found.values()];
}

async function queuesOf({ clients }: Target, name: string): Promise<readonly string[]> {
  const { QueueUrls = [] } = await clients.sqs.send(new ListQueuesCommand({}));
  return QueueUrls.filter((url) => url.includes(name));
}
