import { DeleteItemCommand, PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { defineEvent, defineSaga } from "backstep";
import { createClient } from "backstep/aws";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { z } from "zod";
import type { FunctionPorts } from "../../src/aws/handlers/function-ports.js";
import { type Item, itemOf, type Row } from "../../src/aws/store/row.js";
import { Table } from "../../src/aws/store/table.js";
import { type Envelope, envelopeVersion } from "../../src/core/envelope.js";
import type { Head } from "../../src/ports/saga-store.js";
import { describeOnTargets } from "../emulators/targets.js";
import { eventually, openStack, type Stack } from "./stack.js";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const within = { seconds: 20 };
const actor = { user: "tester" };

const Paid = defineEvent({ name: "paid", payload: z.object({ id: z.string() }) });

/** Whose first step was called. */
const reserved: string[] = [];

/** A step, a wait that nobody ends by itself, a step. */
function ticket(version: number) {
  return defineSaga({
    name: "ticket",
    version,
    input: z.object({ id: z.string() }),
    id: ({ id }) => id,
  })
    .step("reserve", { run: ({ input }) => void reserved.push(input.id), compensate: "none" })
    .waitFor("payment", { event: Paid, id: ({ id }) => id, within: { hours: 1 }, compensate: "none" })
    .step("print", { run: () => undefined, compensate: "none" })
    .build();
}

const current = ticket(1);
const next = ticket(2);

/** What failed comes again at once. */
function atOnce(ports: FunctionPorts): FunctionPorts {
  return { ...ports, showAfter: (lane, handles) => ports.showAfter(lane, handles, 0) };
}

/** An event for an instance that makes a worker look at it. */
function wake(id: string, given: Partial<Envelope> = {}): Envelope {
  const facts = { seq: 1, cause: "look", gen: 1, kind: "watch", sentAt: 0, hops: 0 } as const;
  return { v: envelopeVersion, saga: "ticket", id, ...facts, ...given };
}

/** Of what this code does not know yet. */
const newer = { ...wake("newer"), v: envelopeVersion + 1 };

/** What somebody has done to a row. */
interface Edit {
  readonly what: string;
  readonly sk: string;
  readonly attribute: string;
  /** Absent: it was removed. */
  readonly value?: Item[string];
}

const foreign: readonly (readonly [what: string, body: string])[] = [
  ["no JSON", "hello"],
  ["a blank", " "],
  ["half of a JSON text", '{"v":1,"saga":"tick'],
  ["null", "null"],
  ["a list", "[1,2,3]"],
  ["JSON of somebody else", '{"Records":[{"s3":{"bucket":"photos"}}]}'],
  ["200,000 characters and more", `"${"x".repeat(260_000)}"`],
  ["what looks like bytes", "\t\u00ff\ud7ff\ue000"],
  ["an envelope of a newer version", JSON.stringify(newer)],
];

await describeOnTargets(["dynamoDb", "sqs"], (target) => {
  const { dynamoDb, sqs } = target.clients;
  let stack: Stack;
  let table: Table;

  beforeAll(async () => {
    reserved.length = 0;
    stack = await openStack(target, { sagas: [current], services: undefined, lanePorts: atOnce });
    table = new Table(dynamoDb, stack.environment.table);
  });
  afterAll(() => stack.close());

  /** Sends a message that no adapter of ours has made. */
  async function post(url: string | undefined, body: string, group?: string): Promise<string> {
    const fifo = {
      MessageGroupId: group,
      MessageDeduplicationId: body.slice(0, 100).replace(/[^a-z]/g, "x"),
    };
    const { MessageId = "" } = await sqs.send(
      new SendMessageCommand({ QueueUrl: url, MessageBody: body, ...(group === undefined ? {} : fifo) }),
    );
    return MessageId;
  }

  /** What is kept, once there is something that fits. */
  function kept(of: { readonly messageId?: string; readonly id?: string }) {
    return eventually(async () => {
      const { messages } = await stack.store.listQuarantined({ limit: 100 });
      const found = messages.filter((message) =>
        of.id === undefined ? message.messageId === of.messageId : message.id === of.id,
      );
      return found.length === 0 ? undefined : found;
    });
  }

  /** Starts a ticket. Resolves when it waits for its payment. */
  async function startTicket(id: string): Promise<Head> {
    await stack.client.start("ticket", { id });
    return waiting(id);
  }

  function waiting(id: string) {
    return eventually(async () => {
      const { head } = await stack.client.get({ saga: "ticket", id });
      return head.status === "waiting" && head.settled === head.n ? head : undefined;
    });
  }

  async function pay(id: string): Promise<void> {
    await stack.client.signal("paid", { id }, { eventId: `paid-${id}` });
  }

  async function completes(id: string): Promise<void> {
    await pay(id);
    expect(await stack.client.result(current, id, { within })).toMatchObject({ status: "completed" });
  }

  async function rowOf(id: string, sk: string): Promise<Row> {
    const row = await table.get({ pk: `i#ticket#${id}`, sk });
    if (row === undefined) throw new Error(`There is no ${sk} of ${id}.`);
    return row;
  }

  it.each(foreign)(
    "a message in a lane that is %s is kept as it is, and its group goes on",
    async (_, body) => {
      const id = `behind-${foreign.findIndex(([, each]) => each === body)}`;
      const messageId = await post(stack.laneUrl("main"), body, `ticket/${id}`);
      await startTicket(id);
      await completes(id);
      expect(await kept({ messageId })).toEqual([
        expect.objectContaining({ kind: "unreadable", source: "main", body, receives: 1 }),
      ]);
    },
  );

  it.each(foreign)("a message in the timer queue that is %s is kept as it is", async (_, body) => {
    const isNewer = body === JSON.stringify(newer);
    const timer = { v: 2, lane: "main", dueAt: 0, envelope: wake("newer") };
    const text = isNewer ? JSON.stringify(timer) : body;
    const messageId = await post(stack.environment.timerQueueUrl, text);
    expect(await kept({ messageId })).toEqual([
      expect.objectContaining({ kind: "unreadable", source: "timers", body: text, receives: 1 }),
    ]);
  });

  it.each(foreign)("a dead letter that is %s is kept as it is", async (_, body) => {
    const messageId = await post(stack.deadLetterUrl("main"), body, "ticket/dead");
    expect(await kept({ messageId })).toEqual([
      expect.objectContaining({ kind: "unreadable", source: expect.stringContaining("dead-"), body }),
    ]);
  });

  // Commands are written with their head in one transaction.
  it.skipIf(target.lacks.transactions !== undefined)(
    "an instance whose version is not in the bundle is parked, and goes on when it is declared again",
    async () => {
      const ref = { saga: "ticket", id: "old" };
      await startTicket("old");
      stack.redeploy([next]);
      await pay("old");
      expect(await stack.client.result(ref, { within })).toMatchObject({
        status: "parked",
        reason: expect.stringMatching(/Version 1 .+ is not declared; declared: 2\. Declare version 1 again/),
      });
      const newest = createClient({ sagas: [next], ports: { ...stack.ports, store: stack.store } });
      await expect(newest.command(ref, { kind: "retry" }, { actor })).rejects.toMatchObject({
        code: "SAGA_UNKNOWN",
        fix: expect.stringContaining("Declare version 1 again"),
      });
      stack.redeploy([current, next]);
      expect(await stack.client.command(ref, { kind: "retry" }, { actor })).toMatchObject({ applied: true });
      expect(await stack.client.result(ref, { within })).toMatchObject({ status: "completed" });
      stack.redeploy([current]);
    },
  );

  const edits: readonly Edit[] = [
    { what: "head without a status", sk: "z#head", attribute: "status" },
    {
      what: "head with a status that there is not",
      sk: "z#head",
      attribute: "status",
      value: { S: "dancing" },
    },
    { what: "head with a number that is a text", sk: "z#head", attribute: "n", value: { S: "1" } },
    { what: "head without an origin", sk: "z#head", attribute: "origin" },
    { what: "head with an origin that is no JSON", sk: "z#head", attribute: "origin", value: { S: "{" } },
    {
      what: "head with an origin of another shape",
      sk: "z#head",
      attribute: "origin",
      value: { S: '{"input":1}' },
    },
    { what: "journal entry that is no JSON", sk: "j#000001", attribute: "entry", value: { S: "done" } },
    { what: "journal entry of another number", sk: "j#000001", attribute: "entry", value: { S: '{"n":7}' } },
    { what: "domain event that is no JSON", sk: "m#paid-", attribute: "mail", value: { S: "" } },
  ];

  it.each(edits)(
    "an edited $what is named and left as it is, and mended it goes on",
    async ({ what, sk, attribute, value }) => {
      const { client, ports, store } = stack;
      const id = what.replaceAll(" ", "-");
      const ref = { saga: "ticket", id };
      const { updatedAt: receivedAt } = await startTicket(id);
      const key = { pk: `i#ticket#${id}`, sk: sk === "m#paid-" ? `${sk}${id}` : sk };
      const letter = { id: `paid-${id}`, event: "paid", payload: { id }, receivedAt };
      if (sk === "m#paid-") await store.putMail(ref, letter);
      const { item: before } = await rowOf(id, key.sk);
      await edit(key, attribute, value);
      const unreadable = { code: "ITEM_UNREADABLE", details: { ...key, attribute } };
      await expect(client.get(ref)).rejects.toMatchObject(unreadable);
      await ports.queue.send("main", wake(id));
      expect(await kept({ id })).toEqual([
        expect.objectContaining({ kind: "deadLetter", source: "main", body: JSON.stringify(wake(id)) }),
      ]);
      const { item: after } = await rowOf(id, key.sk);
      expect(after[attribute]).toEqual(value);
      await startTicket(`beside-${id}`);
      await put(before);
      await completes(id);
    },
  );

  it("a journal whose last entry is gone is named, nothing is done again; mended it goes on", async () => {
    const { client, ports } = stack;
    const ref = { saga: "ticket", id: "torn" };
    await startTicket("torn");
    const { item } = await rowOf("torn", "j#000001");
    await remove(item);
    await expect(client.get(ref)).rejects.toMatchObject({ code: "JOURNAL_CORRUPT", details: { missing: 1 } });
    await ports.queue.send("main", wake("torn"));
    expect(await kept({ id: "torn" })).toMatchObject([{ kind: "deadLetter", source: "main" }]);
    await put(item);
    await completes("torn");
    expect(reserved.filter((id) => id === "torn")).toHaveLength(1);
  });

  it("a journal with a gap is named, also after its end", async () => {
    const { client } = stack;
    await startTicket("gap");
    await completes("gap");
    await remove((await rowOf("gap", "j#000001")).item);
    const torn = { code: "JOURNAL_CORRUPT", details: { missing: 1 } };
    await expect(client.get({ saga: "ticket", id: "gap" })).rejects.toMatchObject(torn);
    await expect(client.result(current, "gap", { within })).rejects.toMatchObject(torn);
  });

  /** Writes a row as it was. */
  async function put(item: Item): Promise<void> {
    await dynamoDb.send(new PutItemCommand({ TableName: stack.environment.table, Item: { ...item } }));
  }

  async function remove({ pk = { S: "" }, sk = { S: "" } }: Item): Promise<void> {
    await dynamoDb.send(new DeleteItemCommand({ TableName: stack.environment.table, Key: { pk, sk } }));
  }

  async function edit(key: { pk: string; sk: string }, attribute: string, value?: Item[string]) {
    await dynamoDb.send(
      new UpdateItemCommand({
        TableName: stack.environment.table,
        Key: { ...itemOf(key) },
        UpdateExpression: value === undefined ? "REMOVE #name" : "SET #name = :value",
        ExpressionAttributeNames: { "#name": attribute },
        ...(value === undefined ? {} : { ExpressionAttributeValues: { ":value": value } }),
      }),
    );
  }
});
