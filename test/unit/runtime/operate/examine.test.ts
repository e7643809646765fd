import { defineSaga } from "backstep";
import { createMemoryWorld } from "backstep/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Finding, Mend } from "../../../../src/core/diagnosis/finding.js";
import { SagaError } from "../../../../src/errors/saga-error.js";
import type { OperatorStore } from "../../../../src/ports/operator-store.js";
import { examinePlace } from "../../../../src/runtime/operate/examine.js";
import type { Operator } from "../../../../src/runtime/operate/operator.js";

const job = defineSaga({ name: "job", version: 1, input: z.object({}), id: () => "j" })
  .step("act", { run: () => {}, compensate: "none" })
  .build();

const none = async () => ({ heads: [], unreadable: [], isCut: false });
const records = {
  ...{ instances: async () => ({ refs: [] }), indexed: async () => undefined },
  ...{ due: none, unwatched: none, published: async () => undefined },
  ...{ kept: async () => ({ messages: [] }), keptMessage: async () => undefined, finish: async () => false },
} satisfies OperatorStore;

const changed: Finding = {
  cause: "throttled",
  problem: 'The function "main" may not run.',
  fix: "Set it back.",
  command: "doctor --fix",
  isSafe: true,
  mend: { kind: "freeConcurrency", function: "main" },
};
const gone: Finding = { cause: "deployment", problem: "No queue.", fix: "Deploy it.", isSafe: false };

/** A place where nothing is stuck, with these findings. */
function place(findings: readonly Finding[], mend?: (mend: Mend) => Promise<string>): Operator {
  const { store, lanes: queue, clock, ids, registry } = createMemoryWorld({ sagas: [job], services: {} });
  return {
    ...{ store, queue, clock, ids, registry, records },
    desk: {
      report: async () => ({ lanes: [], skipped: [] }),
      group: async () => undefined,
      setConcurrency: async () => undefined,
    },
    deployed: async () => undefined,
    checkup: async () => ({ findings, skipped: [] }),
    ...(mend === undefined ? {} : { mend }),
  };
}

const mending = { isStage: true, mends: true };

describe("what somebody has changed by hand", () => {
  it("is set back, and said, where somebody wants that", async () => {
    const done: Mend[] = [];
    const operator = place([changed, gone], async (mend) => {
      done.push(mend);
      return "It may run.";
    });
    expect(await examinePlace(operator, { isStage: true, mends: false })).toMatchObject({
      ...{ findings: [changed, gone], left: 2, restored: [] },
    });
    expect(done).toEqual([]);
    expect(await examinePlace(operator, mending)).toMatchObject({
      ...{ findings: [changed, gone], left: 1, restored: ["It may run."] },
    });
    expect(done).toEqual([changed.mend]);
  });

  it("stays a finding, with the reason, where that is denied", async () => {
    const denial = 'AWS denies "lambda:DeleteFunctionConcurrency".';
    const operator = place([changed, gone], () => Promise.reject(new SagaError("AWS_DENIED", denial)));
    const { findings, left, restored } = await examinePlace(operator, mending);
    expect(findings).toMatchObject([
      { problem: `${changed.problem} It cannot be set back: ${denial}` },
      { problem: gone.problem },
    ]);
    expect({ left, restored }).toEqual({ left: 2, restored: [] });
  });

  it("stays a finding at a place that sets nothing back", async () => {
    const { left, restored } = await examinePlace(place([changed]), mending);
    expect({ left, restored }).toEqual({ left: 1, restored: [] });
  });
});
