import { type AnySaga, defineEvent, defineSaga } from "backstep";
import { createClient, createLaneHandler, createTimerHandler } from "backstep/aws";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { createClientPorts, createFunctionPorts } from "../../src/aws/aws-ports.js";
import { createLaneQueues, createTable, createTimerQueue } from "../emulators/resources.js";
import { type PolledFunction, SqsPoller } from "../emulators/sqs-poller.js";
import { connect, type Target } from "../emulators/target.js";
import { describeOnTargets } from "../emulators/targets.js";
import { meterSqs } from "./meter-calls.js";
import { meterDynamoDb } from "./meter-dynamo-db.js";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 30_000 });

const id = "o-1";
const run = ({ idempotencyKey }: { readonly idempotencyKey: string }) => ({
  reservationId: idempotencyKey,
  warehouse: "w".repeat(200),
});
const output = z.object({ reservationId: z.string(), warehouse: z.string() });
const input = z.object({ orderId: z.string(), note: z.string() });
const undone = { output, run, compensate: () => undefined };

/** Its entries and its head are items below 1 KB, as most are. */
const order = defineSaga({ name: "order", version: 1, input, id: ({ orderId }) => orderId })
  .step("reserve", undone)
  .step("score", undone)
  .step("authorise", undone)
  .pivot("capture", { output, run })
  .step("ship", { output, run })
  .build();

const Paid = defineEvent({ name: "paid", payload: z.object({ orderId: z.string(), cents: z.int() }) });

/** The same, with a wait before its pivot. */
const orderWithWait = defineSaga({ name: "order", version: 2, input, id: ({ orderId }) => orderId })
  .step("reserve", undone)
  .step("score", undone)
  .step("authorise", undone)
  .waitFor("payment", {
    event: Paid,
    id: ({ orderId }) => orderId,
    within: { minutes: 10 },
    compensate: "none",
  })
  .pivot("capture", { output, run })
  .step("ship", { output, run })
  .build();

/** A stack whose functions and client are metered; what polls is not. */
async function openMetered(target: Target, saga: AnySaga, fuse: boolean) {
  const [table, lanes, timerQueue] = await Promise.all([
    createTable(target),
    createLaneQueues(target, ["main"], { visibilitySeconds: 30 }),
    createTimerQueue(target, 30),
  ]);
  const { clients } = connect(target);
  const meters = { table: meterDynamoDb(clients.dynamoDb), queues: meterSqs(clients.sqs) };
  const environment = {
    table: table.name,
    laneQueueUrl: lanes.urlTemplate,
    timerQueueUrl: timerQueue.url,
    indexShards: 16,
    indexShardsEver: 16,
    retentionDays: 30,
    workerTimeoutMs: 30_000,
  };
  const ports = createFunctionPorts(environment, clients);
  const options = { sagas: [saga], ports, fuse, log: () => undefined };
  const busy = new Set<Promise<unknown>>();
  const watched = (work: PolledFunction): PolledFunction => {
    return (event, context) => {
      const working = work(event, context).finally(() => busy.delete(working));
      busy.add(working);
      return working;
    };
  };
  const poller = await SqsPoller.start({
    sqs: target.clients.sqs,
    queues: [
      { url: lanes.queues.main?.url ?? "", work: watched(createLaneHandler(options)) },
      { url: timerQueue.url, work: watched(createTimerHandler(options)) },
    ],
    waitSeconds: 0,
    pauseMs: 5,
  });
  return {
    client: createClient({ sagas: [saga], fuse, ports: createClientPorts(environment, clients) }),
    /** Of the instance; the look is not metered. */
    status: async () =>
      (await createClientPorts(environment, target.clients).store.head({ saga: "order", id }))?.status,
    meters,
    ports,
    settle: async () => {
      do {
        await Promise.all(busy);
        await poller.idle();
      } while (busy.size > 0);
    },
    close: async () => {
      await poller.stop();
      for (const client of Object.values(clients)) client.destroy();
      await Promise.all([table, lanes, timerQueue].map((resource) => resource.remove()));
    },
  };
}

type Metered = Awaited<ReturnType<typeof openMetered>>;

/** What an instance has cost since it was started or the meters were reset. */
function spent({ meters }: Metered) {
  const { calls, readUnits, writeUnits } = meters.table.total();
  const writes = meters.table.calls.filter((call) => call.writeUnits > 0);
  const { Query: queries = 0, GetItem: gets = 0 } = calls;
  return { writes: writes.length, writeUnits, queries, gets, readUnits, sent: meters.queues.counts.sent };
}

await describeOnTargets(["dynamoDb", "sqs"], (target) => {
  let stack: Metered;
  const start = async (saga: AnySaga, fuse: boolean) => {
    stack = await openMetered(target, saga, fuse);
    await stack.client.start("order", { orderId: id, note: "n".repeat(200) });
    await stack.settle();
  };
  afterEach(() => stack.close());

  describe("a happy instance of five steps", () => {
    test("costs 10 write units and one message where its steps are fused", async () => {
      await start(order, true);
      // A head and its end, and an entry a step; a load.
      const bill = { writes: 7, writeUnits: 10, queries: 1, gets: 0, sent: 1 };
      expect(spent(stack)).toMatchObject(bill);
      expect(await stack.status()).toBe("completed");
    });

    test("costs four messages and four Queries more in hop mode, and no write", async () => {
      await start(order, false);
      const bill = { writes: 7, writeUnits: 10, queries: 5, gets: 0, sent: 5 };
      expect(spent(stack)).toMatchObject(bill);
      expect(await stack.status()).toBe("completed");
    });
  });

  describe("a duplicate event", () => {
    beforeEach(() => start(order, true));

    test("costs one Query, and nothing is written or sent", async () => {
      stack.meters.table.reset();
      stack.meters.queues.reset();
      const first = {
        v: 1,
        saga: "order",
        id,
        seq: 0,
        cause: "0",
        kind: "lane",
        sentAt: 0,
        hops: 0,
      } as const;
      await stack.ports.queue.send("main", { ...first, gen: 1 });
      await stack.settle();
      const bill = { writes: 0, writeUnits: 0, queries: 1, gets: 0, sent: 1 };
      expect(spent(stack)).toMatchObject(bill);
    });
  });

  describe("a wait", () => {
    test.each([
      ["five write units, three Queries and two messages where its event ends it", false, 15, 4, 3],
      ["two write units and a Query where its event came early", true, 12, 2, 1],
    ])("adds %s", async (_, isEarly, writeUnits, queries, sent) => {
      stack = await openMetered(target, orderWithWait, true);
      const pay = () => stack.client.signal(Paid.name, { orderId: id, cents: 4200 });
      if (isEarly) await pay();
      await stack.client.start("order", { orderId: id, note: "n".repeat(200) });
      await stack.settle();
      if (!isEarly) {
        expect(await stack.status()).toBe("waiting");
        await pay();
        await stack.settle();
      }
      expect(await stack.status()).toBe("completed");
      // Each head at a rest or an end is followed by a look into the mailbox; accepting mail reads the head.
      expect(spent(stack)).toMatchObject({ writeUnits, queries, gets: 1, sent });
    });
  });
});
