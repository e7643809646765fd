import { describe, expect, it } from "vitest";
import { environmentOf } from "../../../../src/aws/cloud-formation/outputs.js";
import { parseClientEnvironment } from "../../../../src/aws/environment.js";
import { evaluate } from "./evaluate.js";
import { renderSample } from "./samples.js";

const { template, topology } = renderSample("per-step");
const outputs = Object.fromEntries(
  Object.entries(template.Outputs).map(([key, { Value }]) => [key, String(evaluate(Value, template))]),
);

describe("the outputs of a stack", () => {
  it("name what clients, publishers, subscribers and alarms need", () => {
    expect(outputs).toMatchObject({
      BackstepTable: "shop-dev",
      Bus: "shop-dev",
      AlarmTopic: "arn:aws:sns:eu-west-1:123456789012:shop-dev--alarms",
      QueueToBilling: "https://sqs.eu-west-1.amazonaws.com/123456789012/shop-dev--to-billing",
      QueueToDataLake: "https://sqs.eu-west-1.amazonaws.com/123456789012/shop-dev--to-data-lake",
    });
  });

  it("are the variables of a client again", () => {
    const environment = environmentOf(outputs);
    expect(Object.keys(environment)).toEqual(Object.keys(topology.client));
    expect(parseClientEnvironment(environment)).toEqual({
      table: "shop-dev",
      laneQueueUrl: "https://sqs.eu-west-1.amazonaws.com/123456789012/shop-dev-{lane}.fifo",
      indexShards: 4,
      indexShardsEver: 32,
      retentionDays: 30,
      workerTimeoutMs: 30_000,
      payloadBucket: "shop-payloads",
    });
  });

  it("of somebody else are no variables", () => {
    expect(environmentOf({ Bus: "shop-dev", Backstepping: "x", MyBackstepTable: "y" })).toEqual({});
  });
});
