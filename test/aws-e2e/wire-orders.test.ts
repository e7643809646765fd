/**
 * Orders while the wire breaks: requests and answers are lost, calls are throttled and delayed, messages come
 * twice and out of order. Then everything heals, and every promise must have been kept.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { createWatchdogHandler, EventBridgeBus } from "backstep/aws";
import { expect, test } from "vitest";
import { checkOrders, describeViolation } from "../../sagas/order/check.js";
import { dynamoDbOrderServices } from "../../sagas/order/dynamo-db-services.js";
import { casesOf } from "../../sagas/order/proof/case.js";
import { mixedCrowd } from "../../sagas/order/proof/crowd.js";
import { play } from "../../sagas/order/proof/customers.js";
import { readDynamoDbShop } from "../../sagas/order/proof/dynamo-db-shop.js";
import type { Evidence } from "../../sagas/order/proof/evidence.js";
import { isQuiet } from "../../sagas/order/proof/journal-rules.js";
import { orderSaga } from "../../sagas/order/saga.js";
import type { PublishedEvent } from "../../src/core/journal/entry.js";
import { createBus, createTable } from "../emulators/resources.js";
import type { Target } from "../emulators/target.js";
import { describeOnTargets } from "../emulators/targets.js";
import { behindProxies, type FaultyTarget } from "../emulators/wire-proxy.js";
import { openStack, type Stack } from "./stack.js";

const orders = 500;
const windowMs = 8_000;
const arrivalMs = 25_000;
const patienceMs = 150_000;
const seed = Math.floor(Math.random() * 2 ** 31);

const rates = {
  dropRequest: 0.02,
  dropResponse: 0.02,
  throttle: 0.02,
  delay: 0.1,
  duplicate: 0.05,
  reorder: 0.2,
};

/** How far a watchdog is ahead of its time: everything that waits for it is late already. */
const aheadMs = 600_000;

await describeOnTargets(["dynamoDb", "sqs", "events"], (target) => {
  const title = `G1-G9: ${orders} orders keep every promise while the wire breaks (seed ${seed})`;
  test(title, { timeout: 400_000 }, async () => {
    const wire = await behindProxies(target, { seed, rates });
    try {
      const { evidence, unquiet } = await placeOrders(target, wire);
      const { violations, cases, ended, parked } = checkOrders(evidence);
      expect(violations.map(describeViolation)).toEqual([]);
      expect(unquiet).toEqual([]);
      expect(cases).toHaveLength(orders);
      expect(ended + parked).toBe(orders);
      for (const [fault, times] of Object.entries(wire.injected)) {
        expect(times, `times of ${fault}`).toBeGreaterThan(0);
      }
    } finally {
      await wire.stop();
    }
  });
});

async function placeOrders(target: Target, wire: FaultyTarget) {
  const [shopTable, bus] = await Promise.all([createTable(target), createBus(target)]);
  const shop = { table: shopTable.name, shop: randomUUID() };
  const services = dynamoDbOrderServices({ ...shop, client: wire.target.clients.dynamoDb });
  const plainShop = { ...shop, client: target.clients.dynamoDb };
  const published: PublishedEvent[] = [];
  const eventBus = new EventBridgeBus({ client: wire.target.clients.events, busName: bus.name });
  const stack = await openStack(target, {
    sagas: [orderSaga({ paymentWindow: { milliseconds: windowMs } })],
    services,
    clients: wire.target.clients,
    receivesMax: 1_000, // the wire is no reason to park
    lanePorts: (ports) => ({
      ...ports,
      bus: {
        publish: async (from, events) => {
          await eventBus.publish(from, events);
          published.push(...events);
        },
      },
    }),
  });
  try {
    const plain = dynamoDbOrderServices(plainShop);
    for (const sku of ["mug", "print", "lamp"]) await plain.stock.deliver(sku, sku === "print" ? 20 : 2_000);
    const customers = mixedCrowd({ seed, orders, arrivalMs, windowMs, prefix: "o" });
    const { client } = stack;
    await Promise.all(
      customers.map((customer) => play(customer, { client, services, windowMs, say: () => undefined })),
    );
    wire.heal();
    const placed = customers.map(({ orderId }) => orderId);
    const read = () => evidenceOf(stack, placed, published, plainShop);
    const unquiet = await untilQuiet(stack, read);
    return { evidence: await read(), unquiet };
  } finally {
    await stack.close();
    await Promise.all([shopTable.remove(), bus.remove()]);
  }
}

async function evidenceOf(
  { store }: Stack,
  placed: readonly string[],
  published: readonly PublishedEvent[],
  shop: Parameters<typeof readDynamoDbShop>[0],
): Promise<Evidence> {
  const instances: Evidence["instances"][number][] = [];
  for (const id of placed) {
    const loaded = await store.load({ saga: "order", id });
    if (loaded !== undefined) instances.push(loaded);
  }
  const unique = new Map(published.map((event) => [event.id, event]));
  return { placed, instances, published: [...unique.values()], shop: await readDynamoDbShop(shop) };
}

/** Lets the watchdog come until nothing is left to do. @returns the orders that are not done in time */
async function untilQuiet({ options, ports }: Stack, read: () => Promise<Evidence>): Promise<string[]> {
  const clock = { ...ports.clock, now: () => ports.clock.now() + aheadMs };
  const sweep = createWatchdogHandler({ ...options, ports: { ...ports, clock } });
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    const unquiet = casesOf(await read()).filter((one) => !isQuiet(one));
    if (unquiet.length === 0 || performance.now() > giveUpAt) return unquiet.map(({ id }) => id);
    await sweep({}, { awsRequestId: "sweep", getRemainingTimeInMillis: () => 60_000 });
    await pause(2_000);
  }
}
