import { describe, expect, test } from "vitest";
import { SqsLaneDesk } from "../../../../src/aws/operate/sqs-lane-desk.js";
import { SagaError } from "../../../../src/errors/saga-error.js";
import type { LaneDesk } from "../../../../src/ports/lane-desk.js";
import { empty, scriptedTools, type ToldStage } from "./scripted-tools.js";

const base = "https://sqs.eu-west-1.amazonaws.com/111122223333";
const ann = { actor: { user: "ann" } };
const feedOf = (queue: string, concurrency?: number) => ({
  uuid: `of ${queue}`,
  queue,
  state: "Enabled",
  concurrency,
});

function openDesk(told: Partial<ToldStage>, lanes: readonly string[] = ["main", "slow"]) {
  const feeds = (name: string) => [feedOf("shop-dev--other", 5), feedOf(`${name}.fifo`, 40)];
  const { tools, set } = scriptedTools({ feeds, resources: () => [], ...told });
  const laneQueueUrl = `${base}/shop-dev-{lane}.fifo`;
  const desk: LaneDesk = new SqsLaneDesk({ tools, clock: { now: () => 1_000_000 }, laneQueueUrl, lanes });
  return { desk, set };
}

describe("the lanes of a stage", () => {
  test("stand as their queues, their functions and their metrics say", async () => {
    const { desk } = openDesk({
      depth: (queue) => {
        if (queue === "dead-shop-dev-main.fifo") return { ...empty, visible: 2, inFlight: 1 };
        return queue === "shop-dev-main.fifo" ? { visible: 7, inFlight: 3, delayed: 1 } : empty;
      },
      metric: ({ metric, of: [, queue] }) => {
        if (queue !== "shop-dev-main.fifo") return [];
        return { NumberOfMessagesSent: [60, 120], NumberOfMessagesDeleted: [30] }[metric] ?? [4, 9];
      },
    });
    expect(await desk.report(10_000)).toEqual({
      lanes: [
        {
          ...{ lane: "main", visible: 7, inFlight: 3, delayed: 1, dead: 3, concurrency: 40 },
          ...{ arrivalsPerSecond: 1.5, drainsPerSecond: 0.5, oldestMs: 4_000 },
        },
        { lane: "slow", ...empty, dead: 0, concurrency: 40 },
      ],
      skipped: [],
    });
  });

  test("have no rate where CloudWatch has no metrics, and the report says so", async () => {
    const { lanes, skipped } = await openDesk({}).desk.report(10_000);
    expect(lanes).toEqual([
      { lane: "main", ...empty, dead: 0, concurrency: 40 },
      { lane: "slow", ...empty, dead: 0, concurrency: 40 },
    ]);
    expect(skipped).toEqual([expect.stringContaining("CloudWatch has no metrics")]);
  });

  test("are told by their depths alone where no rates are wanted", async () => {
    const asked = (): never => {
      throw new Error("nobody wants to know");
    };
    const { lanes, skipped } = await openDesk({ metric: asked, feeds: asked }).desk.report(0);
    expect(lanes).toEqual(["main", "slow"].map((lane) => ({ lane, ...empty, dead: 0 })));
    expect(skipped).toEqual([]);
  });

  test("are told as far as AWS lets them be", async () => {
    const denied = (action: string) => (): never => {
      throw new SagaError("AWS_DENIED", `AWS denies "${action}".`);
    };
    const { desk } = openDesk({
      metric: denied("cloudwatch:GetMetricData"),
      feeds: denied("lambda:ListEventSourceMappings"),
      depth: (queue) => (queue.includes("slow") ? undefined : empty),
    });
    expect(await desk.report(10_000)).toEqual({
      lanes: [{ lane: "main", ...empty, dead: 0 }],
      skipped: [
        'The lane "slow" has no queue "shop-dev-slow.fifo": it is not deployed.',
        'Rates and ages are not known: AWS denies "cloudwatch:GetMetricData".',
        'How many events are worked at once is not known: AWS denies "lambda:ListEventSourceMappings".',
      ],
    });
  });

  const denial = 'AWS denies "cloudformation:ListStackResources".';
  const denyResources = (): never => {
    throw new SagaError("AWS_DENIED", denial);
  };
  const resourcesOf = (...queues: readonly string[]) => [
    { logicalId: "Table", type: "AWS::DynamoDB::Table", physicalId: "shop-dev" },
    ...queues.map((name) => ({ logicalId: "", type: "AWS::SQS::Queue", physicalId: `${base}/${name}` })),
  ];

  test("are those of the stack where no saga is declared", async () => {
    const others = ["shop-dev--timers", "dead-shop-dev-slow.fifo"];
    const resources = () => resourcesOf("shop-dev-slow.fifo", ...others, "shop-dev-main.fifo");
    const { lanes } = await openDesk({ resources }, []).desk.report(10_000);
    expect(lanes.map(({ lane }) => lane)).toEqual(["main", "slow"]);
  });

  test("are also those of the stack that no saga uses any more, asked for once", async () => {
    let asked = 0;
    const { desk, set } = openDesk({
      resources: () => {
        asked += 1;
        return resourcesOf("shop-dev-old.fifo", "shop-dev-main.fifo");
      },
      depth: (queue) => (queue === "shop-dev-old.fifo" ? { ...empty, visible: 9 } : empty),
    });
    expect((await desk.report(0)).lanes).toEqual([
      { lane: "main", ...empty, dead: 0 },
      { lane: "old", ...empty, visible: 9, dead: 0 },
      { lane: "slow", ...empty, dead: 0 },
    ]);
    await desk.setConcurrency("old", 2, ann);
    expect(set).toEqual([{ uuid: "of shop-dev-old.fifo", concurrency: 2 }]);
    expect(asked).toBe(1);
  });

  test("are nobody's to tell where neither a saga is declared nor the stack answers", async () => {
    const { desk } = openDesk({ resources: denyResources }, []);
    expect(await desk.report(10_000)).toEqual({
      lanes: [],
      skipped: [`Nobody can tell which lanes there are: ${denial}`],
    });
  });

  test("are those of the sagas where the stack does not answer, and the report says so", async () => {
    const { lanes, skipped } = await openDesk({ resources: denyResources }).desk.report(0);
    expect(lanes.map(({ lane }) => lane)).toEqual(["main", "slow"]);
    expect(skipped).toEqual([`Lanes that no saga uses are left out: ${denial}`]);
  });

  test("are those of the sagas where there is no stack", async () => {
    const resources = (): never => {
      const message = "Stack with id shop-dev does not exist";
      throw Object.assign(new Error(message), { name: "ValidationError" });
    };
    const { lanes, skipped } = await openDesk({ resources }).desk.report(0);
    expect({ count: lanes.length, skipped }).toEqual({ count: 2, skipped: [] });
  });
});

describe("a lane's concurrency", () => {
  test("is set on what feeds the lane's function", async () => {
    const { desk, set } = openDesk({});
    expect(await desk.setConcurrency("slow", 2, ann)).toBe(40);
    expect(await desk.setConcurrency("slow", 1_000, ann)).toBe(40);
    expect(set).toEqual([
      { uuid: "of shop-dev-slow.fifo", concurrency: 2 },
      { uuid: "of shop-dev-slow.fifo", concurrency: 1_000 },
    ]);
  });

  test("was unknown where it had no limit", async () => {
    const { desk } = openDesk({ feeds: (name) => [feedOf(`${name}.fifo`)] });
    expect(await desk.setConcurrency("main", 5, ann)).toBeUndefined();
  });

  test.each([0, 1, 1_001, 2.5, Number.NaN])("is refused outside of what Lambda takes (%d)", async (given) => {
    const { desk, set } = openDesk({});
    await expect(desk.setConcurrency("main", given, ann)).rejects.toMatchObject({ code: "USAGE" });
    expect(set).toEqual([]);
  });

  test.each([
    ["mian", 'There is no lane "mian"; there are: main, slow.'],
    ["main", 'Nothing feeds a function from the lane "main": it is not deployed.'],
  ])("is refused for a lane that is not there (%s)", async (lane, problem) => {
    const { desk, set } = openDesk({ feeds: () => [feedOf("shop-dev--other", 5)] });
    await expect(desk.setConcurrency(lane, 5, ann)).rejects.toMatchObject({ code: "LANE_UNKNOWN", problem });
    expect(set).toEqual([]);
  });
});
