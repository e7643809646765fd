import { describe, expect, it } from "vitest";
import { createDeadLetterHandler } from "../../../../src/aws/handlers/dead-letter-handler.js";
import type { QueueRecord } from "../../../../src/aws/handlers/queue-event.js";
import { SagaError } from "../../../../src/errors/saga-error.js";
import { invocation, recordOf } from "../memory-ports.js";
import { openParcels } from "./parcel.js";

const letter = { queue: "dead-shop-main.fifo", messageId: "m", receives: 11 };

function openLetters() {
  const parcels = openParcels();
  const handler = createDeadLetterHandler(parcels.options);
  return {
    ...parcels,
    invoke: async (record: QueueRecord) =>
      (await handler({ Records: [record] }, invocation(parcels.clock))).batchItemFailures,
  };
}

describe("a dead letter handler", () => {
  it("G8: parks the instance with the reason, and keeps the event", async () => {
    const letters = openLetters();
    const record = await letters.start("a", letter);
    expect(await letters.invoke(record)).toEqual([]);
    const head = await letters.store.head({ saga: "parcel", id: "a" });
    expect(head).toMatchObject({
      status: "parked",
      reason: expect.stringMatching(/11 deliveries: the log .* lane "main"/),
    });
    expect(letters.store.messages).toEqual([
      {
        kind: "deadLetter",
        messageId: "m",
        receivedAt: 1_767_225_600_000,
        source: "main",
        reason: "it was delivered 11 times in vain",
        body: record.body,
        receives: 11,
        saga: "parcel",
        id: "a",
      },
    ]);
  });

  it("keeps an event once, however often it comes", async () => {
    const letters = openLetters();
    const record = await letters.start("a", letter);
    for (const delivery of [record, record]) expect(await letters.invoke(delivery)).toEqual([]);
    expect(letters.store.messages).toHaveLength(1);
  });

  it("parks nothing before the event is kept", async () => {
    const letters = openLetters();
    const record = await letters.start("a", letter);
    letters.store.quarantineFailure = new Error("throttled");
    expect(await letters.invoke(record)).toEqual([{ itemIdentifier: "m" }]);
    expect(await letters.status("a")).toBe("running");
  });

  it("knows the lane by the queue that gave the message up, whatever its own queue is called", async () => {
    const letters = openLetters();
    const from = "shop-main.fifo";
    expect(await letters.invoke(await letters.start("a", { ...letter, queue: "graveyard", from }))).toEqual(
      [],
    );
    expect(letters.store.messages).toMatchObject([{ source: "main" }]);
  });

  it("keeps a message of a queue that is no lane's, and leaves its instance to the watchdog", async () => {
    const letters = openLetters();
    const record = await letters.start("a", { ...letter, queue: "graveyard" });
    expect(await letters.invoke(record)).toEqual([]);
    expect(letters.store.messages).toMatchObject([{ kind: "deadLetter", source: "graveyard", id: "a" }]);
    expect((await letters.store.head({ saga: "parcel", id: "a" }))?.watchAt).toBeDefined();
  });

  it("keeps a message that is no event", async () => {
    const letters = openLetters();
    expect(await letters.invoke(recordOf("?", { ...letter, queue: "graveyard" }))).toEqual([]);
    expect(letters.store.messages).toMatchObject([{ kind: "unreadable", source: "graveyard", body: "?" }]);
  });

  it.each(["ITEM_UNREADABLE", "JOURNAL_CORRUPT"] as const)(
    "keeps the event of an instance that cannot be read, and does not try for ever: %s",
    async (code) => {
      const letters = openLetters();
      const record = await letters.start("a", letter);
      letters.store.failures.set("a", new SagaError(code, "An entry was edited."));
      expect(await letters.invoke(record)).toEqual([]);
      expect(letters.store.messages).toHaveLength(1);
      expect(letters.log.at(-1)).toMatchObject({ level: "error", code, saga: "parcel", id: "a" });
    },
  );

  it("keeps the wakes of an instance that stays late as one, however often the watchdog tries", async () => {
    const letters = openLetters();
    await letters.start("a");
    letters.store.failures.set("a", new SagaError("JOURNAL_CORRUPT", "Entry 1 is gone."));
    const wake = { ...letters.queue.sent[0]?.envelope, kind: "watch", cause: "2@1767225660000" };
    for (const gen of [1, 2, 3]) {
      const record = recordOf(JSON.stringify({ ...wake, gen }), { ...letter, messageId: `m-${gen}` });
      expect(await letters.invoke(record)).toEqual([]);
    }
    expect(letters.store.messages).toMatchObject([{ messageId: "parcel/a@1767225660000", id: "a" }]);
  });

  it("fails while the table cannot be reached", async () => {
    const letters = openLetters();
    const record = await letters.start("a", letter);
    letters.store.failures.set("a", new Error("throttled"));
    expect(await letters.invoke(record)).toEqual([{ itemIdentifier: "m" }]);
    letters.store.failures.clear();
    expect(await letters.invoke(record)).toEqual([]);
    expect(await letters.status("a")).toBe("parked");
  });
});
