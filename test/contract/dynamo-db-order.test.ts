import { randomUUID } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { VirtualClock } from "backstep/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkOrders } from "../../sagas/order/check.js";
import { dynamoDbOrderServices } from "../../sagas/order/dynamo-db-services.js";
import { readDynamoDbShop } from "../../sagas/order/proof/dynamo-db-shop.js";
import { createTable, type TestResource } from "../emulators/resources.js";
import { describeOnTargets } from "../emulators/targets.js";
import { everyOrder } from "../int/every-order.js";
import { describeOrderServices } from "./order-services.contract.js";

/** Resolves when a client has no call under way, and what its answers led to makes none. */
function untilIdle(client: DynamoDBClient): () => Promise<void> {
  let open = 0;
  client.middlewareStack.add(
    (next) => async (args) => {
      open += 1;
      return next(args).finally(() => {
        open -= 1;
      });
    },
    { step: "initialize", name: "open calls" },
  );
  return async () => {
    for (let quiet = 0; quiet < 5; quiet = open === 0 ? quiet + 1 : 0) await turn();
  };
}

await describeOnTargets(["dynamoDb"], (target) => {
  const { dynamoDb: client } = target.clients;
  const { transactions } = target.lacks;
  if (transactions !== undefined) {
    test.skip(`the order's services: ${transactions}`); // they are made of transactions
    return;
  }
  let table: TestResource;
  beforeAll(async () => {
    table = await createTable(target);
  });
  afterAll(() => table.remove());
  const newShop = () => ({ client, table: table.name, shop: randomUUID() });

  describeOrderServices("on DynamoDB", () => {
    const shop = newShop();
    return {
      services: dynamoDbOrderServices(shop),
      read: () => readDynamoDbShop(shop),
      reopen: () => dynamoDbOrderServices(shop),
    };
  });

  test("G1-G9: orders keep every promise, in whichever way they end", async () => {
    const shop = newShop();
    const clock = new VirtualClock();
    const services = dynamoDbOrderServices({ ...shop, now: () => clock.now() });
    const evidence = await everyOrder(services, clock, untilIdle(client));
    const result = checkOrders({ ...evidence, shop: await readDynamoDbShop(shop) });
    expect(result).toMatchObject({ ended: 9, parked: 1, violations: [] });
  });
});
