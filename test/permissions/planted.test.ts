import { readFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig, defineEvent, defineSaga } from "backstep";
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { compileTopology } from "../../src/core/topology/compile-topology.js";
import { type Analysis, analyse, clientEntry, fileOf } from "./analyse.js";
import { checkRole } from "./check-role.js";

const root = join(import.meta.dirname, "../..");
const handlers = "src/aws/handlers";
const sdk = `import { DeleteItemCommand, DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
interface Bell { ring(): Promise<void> }
`;

/** What is put behind which text of a file, or in its place. */
const plants: readonly (readonly [path: string, text: string, planted: string])[] = [
  [
    `${handlers}/timer-handler.ts`,
    "const { queue, timers, clock } = opened.ports;",
    '$& await new DynamoDBClient({}).send(new DeleteItemCommand({ TableName: "a", Key: {} }));',
  ],
  [
    `${handlers}/dead-letter-handler.ts`,
    "const { ports, registry, log } = opened;",
    "$& await ports.store.list({ limit: 1 });",
  ],
  [
    `${handlers}/ingest-handler.ts`,
    "await opened.client.signal(event, payload, { eventId });",
    'await opened.ports.timers.send(event, payload as never, 0).then(() => ({ accepted: eventId === "1" }));',
  ],
  [
    `${handlers}/watchdog-handler.ts`,
    "const now = clock.now();",
    '$& await new SQSClient({}).send(new SendMessageCommand({ QueueUrl: "a", MessageBody: "b" }));',
  ],
  [
    "src/aws/client.ts",
    "const { head, lane, first } =",
    "await new DynamoDBClient({}).send(new ScanCommand({})); const bell = {} as Bell; await bell.ring(); $&",
  ],
];

const overlay = Object.fromEntries(
  plants.map(([path, text, planted]) => {
    const whole = readFileSync(join(root, path), "utf8");
    if (whole.split(text).length !== 2) throw new Error(`${path} has "${text}" no more, or twice.`);
    return [path, `${whole.replace(text, planted)}\n${sdk}`];
  }),
);

/** Where something was planted: the text is the start of its line, or the line goes on from there. */
function placeOf(path: string): string {
  const [, text = ""] = plants.find(([each]) => each === path) ?? [];
  const [before = ""] = readFileSync(join(root, path), "utf8").split(text);
  return `${path}:${before.split("\n").length}`;
}

const asked = defineSaga({ name: "ask", version: 1, input: z.object({ id: z.string() }), id: ({ id }) => id })
  .waitFor("answer", {
    event: defineEvent({ name: "answered", payload: z.object({ id: z.string() }) }),
    id: ({ id }) => id,
    within: { days: 1 },
    onTimeout: "compensate",
    compensate: "none",
  })
  .build();
const topology = compileTopology(defineConfig({ name: "ask", sagas: [asked] }), { stage: "dev" });
const table = "arn:{partition}:dynamodb:{region}:{account}:table/ask-dev";

let analysis: Analysis;

beforeAll(async () => {
  const entries = ["timer", "dead-letter", "ingest", "watchdog"].map(fileOf);
  analysis = await analyse([...entries, clientEntry], overlay);
}, 120_000);

function faultsOf(id: string): readonly string[] {
  const role = topology.functions.find((each) => each.id === id);
  if (role === undefined) throw new Error(`There is no function ${id}.`);
  return checkRole(topology, role, { code: analysis.needs(fileOf(role.entry)) });
}

describe("a planted call", () => {
  it("is found by function, action, resource and way", () => {
    const [fault = "", ...others] = faultsOf("timers");
    expect(others).toEqual([]);
    expect(fault).toContain(`timers lacks dynamodb:DeleteItem on ${table}: `);
    expect(fault).toContain(`createTimerHandler ${handlers}/timer-handler.ts:`);
    expect(fault).toContain(`handOver ${placeOf(`${handlers}/timer-handler.ts`)}`);
  });

  it("is found behind a port, and on an index", () => {
    const [fault = "", ...others] = faultsOf("dead-letter");
    expect(others).toEqual([]);
    expect(fault).toContain(`dead-letter lacks dynamodb:Query on ${table}/index/watch: `);
    expect(fault).toContain(`close ${placeOf(`${handlers}/dead-letter-handler.ts`)}`);
    expect(fault).toContain("DynamoDbSagaStore.list src/aws/store/dynamo-db-saga-store.ts:");
  });

  it("is found on the queue that it is for; what is called no more is spare", () => {
    const [fault = "", ...others] = faultsOf("ingest");
    expect(fault).toContain(
      "ingest lacks sqs:SendMessage on arn:{partition}:sqs:{region}:{account}:ask-dev--timers: ",
    );
    expect(fault).toContain(`accept ${placeOf(`${handlers}/ingest-handler.ts`)}`);
    expect(others).toContain(`ingest is allowed dynamodb:UpdateItem on ${table}, which it never does`);
    const queue = "arn:{partition}:sqs:{region}:{account}:ask-dev-main.fifo";
    expect(others).toContain(`ingest is allowed sqs:SendMessage on ${queue}, which it never does`);
  });

  it("is refused where nobody says which queue it is for", () => {
    const place = placeOf(`${handlers}/watchdog-handler.ts`);
    expect(() => faultsOf("watchdog")).toThrow("Nobody says which queue SendMessageCommand calls: ");
    expect(() => faultsOf("watchdog")).toThrow(`restampAll ${place}.`);
  });

  it("is refused where it is not known what it needs", () => {
    expect(() => analysis.needs(clientEntry)).toThrow(
      `It is not known what ScanCommand of @aws-sdk/client-dynamodb needs: ${placeOf("src/aws/client.ts")}.`,
    );
  });

  it("is named where nothing in the bundle has it", () => {
    expect(analysis.framework(clientEntry).missing).toContain("Bell.ring");
  });
});
