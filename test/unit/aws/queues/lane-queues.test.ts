import { expect, test } from "vitest";
import { parseLaneQueues } from "../../../../src/aws/queues/lane-queues.js";

const base = "https://sqs.eu-west-1.amazonaws.com/123456789012";
const queues = parseLaneQueues(`${base}/shop-{lane}.fifo`);

test("a lane's queue has the lane in its name, whatever characters it has", () => {
  expect(queues.urlOf("main")).toBe(`${base}/shop-main.fifo`);
  expect(queues.urlOf("$&-$1")).toBe(`${base}/shop-$&-$1.fifo`);
});

test.each(["main", "order-ship_2", "shop-", "fifo"])("the lane %s is found by URL, ARN and name", (lane) => {
  expect(queues.laneOf(queues.urlOf(lane))).toBe(lane);
  expect(queues.laneOf(`arn:aws:sqs:eu-west-1:123456789012:shop-${lane}.fifo`)).toBe(lane);
  expect(queues.laneOf(`shop-${lane}.fifo`)).toBe(lane);
});

test.each(["shop-.fifo", "other-main.fifo", "shop-main", "shop.fifo", ""])(
  "the queue %s is no lane's",
  (name) => {
    const laneOf = () => queues.laneOf(`arn:aws:sqs:eu-west-1:123456789012:${name}`);
    expect(laneOf).toThrow(expect.objectContaining({ code: "QUEUE_UNKNOWN" }));
    expect(laneOf).toThrow("shop-{lane}.fifo");
  },
);

test.each([
  undefined,
  "",
  17,
  "shop-{lane}.fifo",
  `${base}/shop-main.fifo`,
  `${base}/{lane}-{lane}.fifo`,
  "https://{lane}.example.com/shop.fifo",
  `${base}/shop-{lane}`,
  `${base}/shop-{lane}.fifo/`,
])("the template %j is refused by the name of its variable", (template) => {
  expect(() => parseLaneQueues(template)).toThrow(
    expect.objectContaining({
      code: "ENVIRONMENT_INVALID",
      details: { variable: "BACKSTEP_LANE_QUEUE_URL" },
    }),
  );
});
