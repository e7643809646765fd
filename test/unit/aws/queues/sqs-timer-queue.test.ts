import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SqsTimerQueue } from "../../../../src/aws/queues/sqs-timer-queue.js";
import { parseTimerMessage } from "../../../../src/aws/queues/timer-message.js";
import { epoch, sampleEnvelope } from "../../../contract/samples.js";
import { scriptedSender } from "./scripted-sqs.js";

const wake = sampleEnvelope("o-1", 3, { kind: "timer" });

async function sentFor(dueAt: number) {
  const { aws, sender } = scriptedSender();
  await new SqsTimerQueue({ sender, queueUrl: "timers", clock: { now: () => epoch } }).send(
    "main",
    wake,
    dueAt,
  );
  return aws.calls[0]?.input.Entries[0];
}

describe("the delay", () => {
  test.each([
    [-60_000, 0],
    [0, 0],
    [1, 1],
    [1_000, 1],
    [1_001, 2],
    [899_001, 900],
    [900_000, 900],
    [900_001, 900],
    [86_400_000, 900],
  ])("of a wake due in %i ms is %i s", async (ms, seconds) => {
    expect((await sentFor(epoch + ms)).DelaySeconds).toBe(seconds);
  });

  test("is never shorter than what is left, nor longer by a second", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 900_000 }), async (ms) => {
        const delayMs = (await sentFor(epoch + ms)).DelaySeconds * 1_000;
        expect(delayMs).toBeGreaterThanOrEqual(ms);
        expect(delayMs).toBeLessThan(ms + 1_000);
      }),
      { numRuns: 50 },
    );
  });
});

test("a wake has no group: SQS charges for one on a standard queue", async () => {
  const entry = await sentFor(epoch);
  expect(entry).not.toHaveProperty("MessageGroupId");
  expect(entry).not.toHaveProperty("MessageDeduplicationId");
});

test("a message says which lane its wake is for and when it is due", async () => {
  const { MessageBody } = await sentFor(epoch + 1_500);
  const message = { v: 1, lane: "main", dueAt: epoch + 1_500, envelope: wake };
  expect(JSON.parse(MessageBody)).toEqual(message);
  expect(parseTimerMessage(JSON.parse(MessageBody))).toEqual(message);
});

test.each([
  ["that is no object", "wake", "no wake"],
  ["of a newer version", { v: 2, lane: "main", dueAt: 1, envelope: wake }, '"v"'],
  ["without a lane", { v: 1, dueAt: 1, envelope: wake }, '"lane"'],
  ["due at no time", { v: 1, lane: "main", dueAt: "soon", envelope: wake }, '"dueAt"'],
  ["without an envelope", { v: 1, lane: "main", dueAt: 1 }, '"envelope"'],
  ["with a foreign envelope", { v: 1, lane: "main", dueAt: 1, envelope: { ...wake, v: 2 } }, '"v"'],
])("a message %s is refused", (_, body, problem) => {
  expect(() => parseTimerMessage(body)).toThrow(problem);
  expect(() => parseTimerMessage(body)).toThrow(expect.objectContaining({ code: "ENVELOPE_INVALID" }));
});
