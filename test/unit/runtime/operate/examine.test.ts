import { defineSaga } from "backstep";
import { createMemoryWorld } from "backstep/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Finding, Mend } from "../../../../src/core/diagnosis/finding.js";
import { SagaError } from "../../../../src/errors/saga-error.js";
import type { KeptQuery, OperatorStore } from "../../../../src/ports/operator-store.js";
import type { HeadSummary } from "../../../../src/ports/saga-store.js";
import { summaryOf } from "../../../../src/runtime/events.js";
import { examinePlace } from "../../../../src/runtime/operate/examine.js";
import type { Operator } from "../../../../src/runtime/operate/operator.js";
import { sampleHead } from "../../../contract/samples.js";

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

describe("what is stuck", () => {
  const ids = ["j-1", "j-2", "j-3"];

  /** A place where these instances were to be looked at long ago; an event for "j-2" cannot be sent. */
  async function stuckPlace() {
    const bare = place([]);
    const asked: KeptQuery[] = [];
    const heads: HeadSummary[] = [];
    for (const id of ids) {
      const ref = { saga: "job", id };
      const { fingerprint } = bare.registry.all[0]?.plan ?? { fingerprint: "" };
      const origin = { fingerprint, startedAt: 0, input: {} };
      const head = sampleHead(ref, { ...origin, watchAt: 1 });
      await bare.store.create(head);
      heads.push(summaryOf({ ...head, rev: 1 }));
    }
    const operator: Operator = {
      ...bare,
      records: {
        ...records,
        due: async ({ from }) => ({ ...(await none()), heads: from === 0 ? heads : [] }),
        indexed: async ({ id }) => heads.find(({ origin }) => origin.id === id),
        kept: async (query) => {
          asked.push(query);
          const instance = { saga: "job", id: "j-3" };
          const message = { ...{ source: "main", reason: "No JSON.", body: "{", receives: 1 }, instance };
          return { messages: [{ ...message, id: "q-1", kind: "unreadable", at: 1 }] };
        },
      },
      queue: {
        ...bare.queue,
        send: async (_lane, { id }) => {
          if (id === "j-2") throw new SagaError("AWS_DENIED", "AWS denies that.");
        },
      },
    };
    return { operator, asked };
  }

  it("is woken as far as it can be; what cannot be woken stays a finding, with the reason", async () => {
    const { operator } = await stuckPlace();
    const { findings, mended, left, notes } = await examinePlace(operator, mending);
    expect(mended).toEqual(["job/j-1", "job/j-3"]);
    const torn = findings.filter(({ problem }) => problem.includes("cannot be woken"));
    expect(torn).toMatchObject([
      { instance: "job/j-2", problem: expect.stringMatching(/ AWS denies that\.$/) },
    ]);
    expect({ left, notes }).toEqual({ left: 2, notes: [] }); // and the message that is kept of j-3
  });

  it("is looked up among what is kept in one go", async () => {
    const { operator, asked } = await stuckPlace();
    const { findings } = await examinePlace(operator, { isStage: true, mends: false });
    expect(asked).toEqual([
      {
        instances: ids.map((id) => ({ saga: "job", id })).map((ref) => expect.objectContaining(ref)),
        limit: 1_000,
      },
    ]);
    const kept = findings.filter(({ problem }) => problem.includes("No JSON."));
    expect(kept.map(({ instance }) => instance)).toEqual(["job/j-3"]);
  });
});
