import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  parseClientEnvironment,
  parseFunctionEnvironment,
  variableMeanings,
} from "../../../src/aws/environment.js";

const url = "https://sqs.eu-west-1.amazonaws.com/123456789012/shop";
const whole = {
  BACKSTEP_TABLE: "shop",
  BACKSTEP_LANE_QUEUE_URL: `${url}-{lane}.fifo`,
  BACKSTEP_TIMER_QUEUE_URL: `${url}-timers`,
};

describe("the environment of a function", () => {
  it("has defaults for all but the table and the queues", () => {
    expect(parseFunctionEnvironment({ ...whole, PATH: "/bin" })).toEqual({
      table: "shop",
      laneQueueUrl: `${url}-{lane}.fifo`,
      timerQueueUrl: `${url}-timers`,
      indexShards: 16,
      indexShardsEver: 16,
      retentionDays: 30,
      workerTimeoutMs: 30_000,
    });
  });

  it("takes what is set", () => {
    const set = {
      ...whole,
      BACKSTEP_BUS_NAME: "shop-bus",
      BACKSTEP_INDEX_SHARDS: "4",
      BACKSTEP_INDEX_SHARDS_EVER: "32",
      BACKSTEP_RETENTION_DAYS: "90",
      BACKSTEP_PAYLOAD_BUCKET: "shop-payloads",
      BACKSTEP_WORKER_TIMEOUT_SECONDS: "60",
      AWS_ENDPOINT_URL: "http://127.0.0.1:4566",
    };
    expect(parseFunctionEnvironment(set)).toMatchObject({
      busName: "shop-bus",
      indexShards: 4,
      indexShardsEver: 32,
      retentionDays: 90,
      payloadBucket: "shop-payloads",
      workerTimeoutMs: 60_000,
      endpoint: "http://127.0.0.1:4566",
    });
  });

  it("reads at least as many index shards as it writes", () => {
    const fewer = { ...whole, BACKSTEP_INDEX_SHARDS: "8", BACKSTEP_INDEX_SHARDS_EVER: "4" };
    expect(parseClientEnvironment(fewer)).toMatchObject({ indexShards: 8, indexShardsEver: 8 });
  });

  it.each(Object.keys(whole))("names %s when it is missing or empty, and who sets it", (name) => {
    for (const value of [undefined, ""]) {
      expect(() => parseFunctionEnvironment({ ...whole, [name]: value })).toThrowError(
        expect.objectContaining({
          code: "ENVIRONMENT_INVALID",
          problem: expect.stringContaining(`${name} is not set`),
          fix: expect.stringContaining("a deployment does"),
        }),
      );
    }
  });

  it.each([
    ["BACKSTEP_INDEX_SHARDS", "sixteen"],
    ["BACKSTEP_INDEX_SHARDS", "0"],
    ["BACKSTEP_INDEX_SHARDS_EVER", "1.5"],
    ["BACKSTEP_RETENTION_DAYS", "forever"],
    ["BACKSTEP_RETENTION_DAYS", "1"],
    ["BACKSTEP_WORKER_TIMEOUT_SECONDS", "1000"],
    ["BACKSTEP_TIMER_QUEUE_URL", "shop-timers"],
    ["AWS_ENDPOINT_URL", "localhost:4566"],
  ])("names %s when it is %j, and says what it is for", (name, value) => {
    const parse = () => parseFunctionEnvironment({ ...whole, [name]: value });
    expect(parse).toThrowError(new RegExp(`${name} is "${value}". It is .+ENVIRONMENT_INVALID`));
  });

  it("of a client needs no timer queue", () => {
    const { BACKSTEP_TIMER_QUEUE_URL: _, ...others } = whole;
    expect(parseClientEnvironment(others)).toMatchObject({ table: "shop" });
    expect(() => parseFunctionEnvironment(others)).toThrowError(/BACKSTEP_TIMER_QUEUE_URL is not set/);
  });

  it("is described by the guide as it is", () => {
    const guide = readFileSync(join(import.meta.dirname, "../../../docs/guide/aws.md"), "utf8");
    const rows = [...guide.matchAll(/^\| `((?:BACKSTEP|AWS)_[A-Z_]+)` \| (.+?) \|/gm)];
    expect(Object.fromEntries(rows.map(([, name, meaning]) => [name, meaning]))).toEqual(variableMeanings);
  });
});
