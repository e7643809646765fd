import { randomUUID } from "node:crypto";
import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageBatchCommand } from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";
import { createBucket, createBus, createLaneQueues } from "../emulators/resources.js";
import { connect } from "../emulators/target.js";
import { describeOnTargets } from "../emulators/targets.js";
import { meterEvents, meterS3, meterSqs } from "./meter-calls.js";

await describeOnTargets(["sqs"], (target) => {
  test("messages are counted by call, by message, and by 64 KB as they are billed", async () => {
    const { sqs } = connect(target).clients;
    const lanes = await createLaneQueues(target, ["main"]);
    const QueueUrl = lanes.queues.main?.url;
    const meter = meterSqs(sqs);
    const Entries = ["a", "b"].map((group) => ({
      Id: group,
      MessageBody: "x".repeat(40_000),
      MessageGroupId: group,
      MessageDeduplicationId: randomUUID(),
    }));
    await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    const receive = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 });
    const { Messages: [first] = [] } = await sqs.send(receive);
    await sqs.send(receive);
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: first?.ReceiptHandle }));
    expect(meter.counts).toEqual({
      calls: 4,
      requests: 2 + 2 + 1 + 1,
      sends: 1,
      sent: 2,
      receives: 2,
      received: 2,
      deletes: 1,
      deleted: 1,
      visibilityChanges: 0,
    });
    meter.reset();
    expect(new Set(Object.values(meter.counts))).toEqual(new Set([0]));
    sqs.destroy();
    await lanes.remove();
  });
});

await describeOnTargets(["events"], (target) => {
  test("events are counted, and by 64 KB as they are billed", async () => {
    const { events } = connect(target).clients;
    const bus = await createBus(target);
    const meter = meterEvents(events);
    const Entries = [10, 70_000].map((length) => ({
      EventBusName: bus.name,
      Source: "backstep",
      DetailType: "paid",
      Detail: JSON.stringify({ text: "x".repeat(length) }),
    }));
    await events.send(new PutEventsCommand({ Entries }));
    expect(meter.counts).toEqual({ calls: 1, events: 2, billed: 1 + 2 });
    events.destroy();
    await bus.remove();
  });
});

await describeOnTargets(["s3"], (target) => {
  test("puts and gets of objects are counted", async () => {
    const { s3 } = connect(target).clients;
    const bucket = await createBucket(target);
    const meter = meterS3(s3);
    const object = { Bucket: bucket.name, Key: "i#order#o-1/b#1" };
    await s3.send(new PutObjectCommand({ ...object, Body: "payload" }));
    const { Body } = await s3.send(new GetObjectCommand(object));
    expect(await Body?.transformToString()).toBe("payload");
    expect(meter.counts).toEqual({ puts: 1, gets: 1, others: 0 });
    s3.destroy();
    await bucket.remove();
  });
});
