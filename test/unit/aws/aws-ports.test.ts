import { SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, describe, expect, it } from "vitest";
import { createFunctionPorts } from "../../../src/aws/aws-ports.js";
import type { FunctionEnvironment } from "../../../src/aws/environment.js";

const sqs = new SQSClient({ region: "eu-west-1" });
afterAll(() => sqs.destroy());

const environment: FunctionEnvironment = {
  table: "shop",
  laneQueueUrl: "https://sqs.eu-west-1.amazonaws.com/123456789012/shop-{lane}.fifo",
  timerQueueUrl: "https://sqs.eu-west-1.amazonaws.com/123456789012/shop-timers",
  indexShards: 4,
  indexShardsEver: 8,
  retentionDays: 30,
  workerTimeoutMs: 30_000,
};
const from = { saga: "order", id: "o-1" };

/** An event that an instance publishes. */
function published(event: string) {
  return { id: `order/o-1/1/${event}`, event, payload: null };
}

describe("the ports of a function", () => {
  it("read every index shard that there ever was", () => {
    expect(createFunctionPorts(environment, { sqs }).store.shards).toBe(8);
  });

  it("know the lane of a queue by its ARN, and no other queue's", () => {
    const { laneOf } = createFunctionPorts(environment, { sqs });
    expect(laneOf("arn:aws:sqs:eu-west-1:123456789012:shop-main.fifo")).toBe("main");
    expect(() => laneOf("arn:aws:sqs:eu-west-1:123456789012:shop-timers")).toThrowError(/QUEUE_UNKNOWN/);
  });

  it("refuse a template of queue URLs without a lane", () => {
    const single = { ...environment, laneQueueUrl: environment.timerQueueUrl };
    expect(() => createFunctionPorts(single, { sqs })).toThrowError(/BACKSTEP_LANE_QUEUE_URL/);
  });

  it("publish nothing without a bus, and say which event of which instance wants one", async () => {
    const { bus } = createFunctionPorts(environment, { sqs });
    const publish = bus.publish(from, [published("saga.parked"), published("order.shipped")]);
    await expect(publish).rejects.toThrowError(/"order\/o-1" publishes "order.shipped".*BACKSTEP_BUS_NAME/);
  });

  it("let an instance be parked without a bus", async () => {
    const { bus } = createFunctionPorts(environment, { sqs });
    await expect(bus.publish(from, [published("saga.parked")])).resolves.toBeUndefined();
  });
});
