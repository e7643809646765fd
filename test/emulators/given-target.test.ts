import { expect, test } from "vitest";
import { givenTarget } from "./given-target.js";

test("no target is given by default", () => {
  expect(givenTarget("")).toBeUndefined();
});

test("a URL is the endpoint of every service", () => {
  const url = "http://127.0.0.1:4566";
  const all = { dynamoDb: url, sqs: url, events: url, s3: url, cloudFormation: url };
  expect(givenTarget(url)).toEqual({ name: url, endpoints: all, emulators: all, lacks: {} });
});

test("aws is AWS, as the SDK finds it", () => {
  expect(givenTarget("aws")).toMatchObject({ name: "AWS", endpoints: { sqs: "aws" }, lacks: {} });
});

test("anything else is refused by name", () => {
  expect(() => givenTarget("localstack")).toThrow('BACKSTEP_TEST_TARGET is "localstack"');
});
