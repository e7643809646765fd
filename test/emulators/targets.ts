import { afterAll, describe, inject, test } from "vitest";
import { dynalite } from "./dynalite.js";
import { fauxqs } from "./fauxqs.js";
import { startTarget } from "./start-target.js";
import { connect, type Service, type Target, type TargetData } from "./target.js";

declare module "vitest" {
  /** What a run's set-up hands to its test files. */
  interface ProvidedContext {
    targets?: readonly TargetData[];
  }
}

/**
 * The targets of this run, connected for this test file: those that the run was set up with, else dynalite
 * and fauxqs in this process. Called at the top of a test file.
 */
export async function openTargets(): Promise<readonly Target[]> {
  const given = inject("targets");
  if (given !== undefined) return given.map(opened);
  const started = await startTarget(dynalite, fauxqs);
  const target = opened(started.data);
  afterAll(started.stop);
  return [target];
}

function opened(data: TargetData): Target {
  const target = connect(data);
  afterAll(() => {
    for (const client of Object.values(target.clients)) client.destroy();
  });
  return target;
}

/**
 * Describes the same on every target of this run that has all these services, and skips the others by name.
 *
 *     await describeOnTargets(["dynamoDb"], (target) => describeSagaStore(`… on ${target.name}`, …));
 */
export async function describeOnTargets(
  needs: readonly Service[],
  body: (target: Target) => void,
): Promise<void> {
  for (const target of await openTargets()) {
    const absent = needs.filter((service) => target.endpoints[service] === undefined);
    if (absent.length === 0) describe(`on ${target.name}`, () => body(target));
    // The target has no such service.
    else test.skip(`on ${target.name}, which has no ${absent.join(" and no ")}`);
  }
}
