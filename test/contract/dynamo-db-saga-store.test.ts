import { afterAll } from "vitest";
import { DynamoDbSagaStore } from "../../src/aws/store/dynamo-db-saga-store.js";
import { SystemIds } from "../../src/system/system-ids.js";
import { createTable, type TestResource } from "../emulators/resources.js";
import { describeOnTargets } from "../emulators/targets.js";
import { describeSagaStore } from "./saga-store.contract.js";
import { epoch } from "./samples.js";
import { describeWatchIndex } from "./watch-index.contract.js";

await describeOnTargets(["dynamoDb"], (target) => {
  const tables: TestResource[] = [];
  afterAll(() => Promise.all(tables.map((table) => table.remove())));

  const open = async () => {
    const table = await createTable(target);
    tables.push(table);
    const client = target.clients.dynamoDb;
    const clock = { now: () => epoch };
    return {
      store: new DynamoDbSagaStore({ client, table: table.name, clock, ids: new SystemIds(), shards: 4 }),
    };
  };

  const { transactions } = target.lacks;
  const traits = { order: "watch", without: transactions === undefined ? {} : { transactions } } as const;
  describeSagaStore("DynamoDbSagaStore", open, traits);
  describeWatchIndex("DynamoDbSagaStore", open);
});
