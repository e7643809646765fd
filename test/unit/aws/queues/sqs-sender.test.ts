import { describe, expect, test } from "vitest";
import { turns } from "../../../contract/turns.js";
import { scriptedSender, takesAll } from "./scripted-sqs.js";

const url = "https://sqs.eu-west-1.amazonaws.com/1/shop-main.fifo";
const mib = 1_048_576;

/** The bodies of each call. */
const bodiesOf = (calls: readonly { readonly input: { Entries: { MessageBody: string }[] } }[]): string[][] =>
  calls.map(({ input }) => input.Entries.map(({ MessageBody }) => MessageBody));

describe("sends of one turn", () => {
  test("share a call", async () => {
    const { aws, sender } = scriptedSender();
    await Promise.all(["a", "b", "c"].map((body) => sender.send(url, { body })));
    expect(aws.calls.map(({ action }) => action)).toEqual(["SendMessageBatch"]);
    expect(bodiesOf(aws.calls)).toEqual([["a", "b", "c"]]);
  });

  test("are split after ten messages, in order", async () => {
    const { aws, sender } = scriptedSender();
    const bodies = Array.from({ length: 21 }, (_, at) => `${at}`);
    await Promise.all(bodies.map((body) => sender.send(url, { body })));
    expect(bodiesOf(aws.calls)).toEqual([bodies.slice(0, 10), bodies.slice(10, 20), bodies.slice(20)]);
  });

  test("are split before a call exceeds 1 MiB, in bytes", async () => {
    const { aws, sender } = scriptedSender();
    const half = "ü".repeat(mib / 4);
    await Promise.all([half, half, "x"].map((body) => sender.send(url, { body })));
    expect(bodiesOf(aws.calls)).toEqual([[half, half], ["x"]]);
  });

  test("to several queues make a call for each", async () => {
    const { aws, sender } = scriptedSender();
    await Promise.all(["q1", "q2", "q1"].map((queue) => sender.send(queue, { body: "x" })));
    expect(aws.calls.map(({ input }) => [input.QueueUrl, input.Entries.length])).toEqual([
      ["q1", 2],
      ["q2", 1],
    ]);
  });

  test("of one group go out one call after the other, others side by side", async () => {
    const answers: (() => void)[] = [];
    const { aws, sender } = scriptedSender(async (call) => {
      await new Promise<void>((answer) => answers.push(answer));
      return takesAll(call);
    });
    const sends = Array.from({ length: 30 }, (_, at) => {
      const groupId = at < 20 ? "a" : `g-${at}`;
      return sender.send(url, { body: `${at}`, groupId });
    });
    await turns(20);
    expect(bodiesOf(aws.calls).map(([first]) => first)).toEqual(["0", "20"]);
    answers[0]?.();
    await turns(20);
    expect(bodiesOf(aws.calls).map(([first]) => first)).toEqual(["0", "20", "10"]);
    for (const answer of answers) answer();
    await Promise.all(sends);
  });
});

describe("a failure", () => {
  test("of one entry is its sender's alone", async () => {
    const { sender } = scriptedSender((call) => takesAll(call, { at: 1, code: "InternalError" }));
    const sent = await Promise.allSettled(["a", "b", "c"].map((body) => sender.send(url, { body })));
    expect(sent.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(sent[1]).toMatchObject({ reason: { name: "InternalError", message: "InternalError!" } });
  });

  test("is assumed where the answer does not name the entry", async () => {
    const { sender } = scriptedSender(() => ({ Successful: [] }));
    await expect(sender.send(url, { body: "a" })).rejects.toThrow("did not say");
  });

  test("of the call is everybody's", async () => {
    const { sender } = scriptedSender(() => ({ errorName: "InvalidSecurity", message: "no" }));
    const sent = await Promise.allSettled(["a", "b"].map((body) => sender.send(url, { body })));
    expect(sent).toMatchObject([
      { reason: { name: "InvalidSecurity" } },
      { reason: { name: "InvalidSecurity" } },
    ]);
  });

  test("leaves the next turn alone", async () => {
    let calls = 0;
    const { sender } = scriptedSender((call) =>
      calls++ === 0 ? { errorName: "InvalidSecurity" } : takesAll(call),
    );
    await expect(sender.send(url, { body: "a" })).rejects.toThrow();
    await expect(sender.send(url, { body: "a" })).resolves.toBeUndefined();
  });

  test.each(["AccessDenied", "AccessDeniedException", "com.amazonaws.sqs#AccessDeniedException"])(
    "%s names action, queue and fix",
    async (errorName) => {
      const { sender } = scriptedSender(() => ({ errorName }));
      await expect(sender.send(url, { body: "a" })).rejects.toMatchObject({
        code: "AWS_DENIED",
        problem: `AWS denies "sqs:SendMessage" on the queue "${url}".`,
        details: { action: "sqs:SendMessage" },
        cause: expect.any(Error),
      });
    },
  );

  test("of an entry for lack of permission names them, too", async () => {
    const { sender } = scriptedSender((call) => takesAll(call, { at: 0, code: "AccessDenied" }));
    await expect(sender.send(url, { body: "a" })).rejects.toMatchObject({ code: "AWS_DENIED" });
  });

  test("for lack of a key is not taken for one of the queue", async () => {
    const { sender } = scriptedSender(() => ({ errorName: "KmsAccessDenied", message: "the key" }));
    await expect(sender.send(url, { body: "a" })).rejects.toMatchObject({ name: "KmsAccessDenied" });
  });

  test.each([
    "QueueDoesNotExist",
    "AWS.SimpleQueueService.NonExistentQueue",
    "com.amazonaws.sqs#QueueDoesNotExist",
  ])("%s names the queue", async (errorName) => {
    const { sender } = scriptedSender(() => ({ errorName }));
    await expect(sender.send(url, { body: "a" })).rejects.toMatchObject({
      code: "QUEUE_UNKNOWN",
      problem: `There is no queue "${url}".`,
    });
  });
});

describe("a message", () => {
  test("of 1 MiB is sent", async () => {
    const { aws, sender } = scriptedSender();
    await sender.send(url, { body: "x".repeat(mib) });
    expect(aws.calls).toHaveLength(1);
  });

  test("above 1 MiB is refused before it is sent, and fails nobody else", async () => {
    const { aws, sender } = scriptedSender();
    const [large, small] = await Promise.allSettled([
      sender.send(url, { body: `${"ü".repeat(mib / 2)}x` }),
      sender.send(url, { body: "x" }),
    ]);
    expect(large).toMatchObject({ reason: { code: "PAYLOAD_TOO_LARGE", details: { bytes: mib + 1 } } });
    expect(small.status).toBe("fulfilled");
    expect(bodiesOf(aws.calls)).toEqual([["x"]]);
  });
});
