import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadInstance } from "../../src/runtime/load.js";
import { describeOnTargets } from "../emulators/targets.js";
import { type Line, type OpenedDynamoDbStore, openDynamoDbStore } from "./dynamo-db-store.js";
import { epoch, order1, sampleEntry, sampleHead, sampleMail, sampleProjection } from "./samples.js";

const life = { ...order1, startedAt: epoch };
const entry = (n: number) => sampleEntry(n, `n-${n}`, { changes: [] });

await describeOnTargets(["dynamoDb"], (target) => {
  describe("an instance that fills several pages", () => {
    let opened: OpenedDynamoDbStore;
    beforeEach(async () => {
      opened = await openDynamoDbStore(target);
    });
    afterEach(() => opened.close());

    test("is read again where its head has become newer than its entries meanwhile", async () => {
      const { store } = opened;
      const { head } = await store.create(sampleHead());
      await store.append(life, entry(1));
      for (let at = 0; at < 8; at += 1) {
        await store.putMail(order1, sampleMail(`e-${at}`, { payload: randomBytes(95_000).toString("hex") }));
      }
      let pages = 0;
      const moving: Line = async (_, send) => {
        const answer = await send();
        pages += 1;
        if (pages === 1) {
          await store.append(life, entry(2));
          await store.updateHead(life, head.rev, sampleProjection({ n: 2, settled: 2 }));
        }
        return answer;
      };
      const loaded = await loadInstance(opened.over(moving), order1);
      expect(pages).toBeGreaterThan(2);
      expect([loaded?.head.n, loaded?.entries.length]).toEqual([2, 2]);
    });
  });
});
