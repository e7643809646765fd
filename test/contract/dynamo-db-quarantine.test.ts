import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { QuarantinedMessage } from "../../src/aws/store/quarantine.js";
import { describeOnTargets } from "../emulators/targets.js";
import { type OpenedDynamoDbStore, openDynamoDbStore } from "./dynamo-db-store.js";
import { epoch } from "./samples.js";

const sampleMessage = (at: number, given: Partial<QuarantinedMessage> = {}): QuarantinedMessage => ({
  kind: "unreadable",
  messageId: `message-${at}`,
  receivedAt: epoch + at,
  source: "main",
  reason: 'A message is no envelope: "saga" is missing.',
  body: `{"at":${at}}`,
  receives: 1,
  ...given,
});

await describeOnTargets(["dynamoDb"], (target) => {
  describe("the quarantine", () => {
    let opened: OpenedDynamoDbStore;
    beforeEach(async () => {
      opened = await openDynamoDbStore(target, { shards: 3, shardsEver: 5 });
    });
    afterEach(() => opened.close());

    const listAll = async (limit: number, cursor?: string): Promise<QuarantinedMessage[]> => {
      const query = cursor === undefined ? { limit } : { limit, cursor };
      const page = await opened.store.listQuarantined(query);
      expect(page.messages.length).toBeLessThanOrEqual(limit);
      if (page.cursor === undefined) return [...page.messages];
      return [...page.messages, ...(await listAll(limit, page.cursor))];
    };

    test("is empty at first", async () => {
      expect(await opened.store.listQuarantined({ limit: 10 })).toEqual({ messages: [] });
    });

    test.each([1, 3, 100])("brings every message once, the newest first (%d a page)", async (limit) => {
      const messages = Array.from({ length: 12 }, (_, at) => sampleMessage(at));
      for (const message of messages) await opened.store.quarantine(message);
      await expect.poll(() => listAll(limit)).toEqual([...messages].reverse());
    });

    test("keeps what is known of the instance, and bodies of any size and text", async () => {
      const messages = [
        sampleMessage(2, { kind: "deadLetter", saga: "order", id: "o-1", receives: 10 }),
        sampleMessage(1, { body: randomBytes(500_000).toString("hex") }),
        sampleMessage(0, { body: "" }),
      ];
      for (const message of messages) await opened.store.quarantine(message);
      await expect.poll(() => listAll(10)).toEqual(messages);
    });

    test("lists a message once that was kept twice", async () => {
      await opened.store.quarantine(sampleMessage(1));
      await opened.store.quarantine(sampleMessage(1, { receives: 2 }));
      await expect.poll(() => listAll(10)).toEqual([sampleMessage(1, { receives: 2 })]);
    });

    test("never expires", async () => {
      await opened.store.quarantine(sampleMessage(1));
      opened.clock.at = epoch + 10 * 365 * 86_400_000;
      await expect.poll(() => listAll(10)).toHaveLength(1);
    });

    test("refuses the cursor of something else", async () => {
      const listed = opened.store.listQuarantined({ limit: 10, cursor: "elsewhere" });
      await expect(listed).rejects.toMatchObject({ code: "USAGE" });
    });
  });
});
