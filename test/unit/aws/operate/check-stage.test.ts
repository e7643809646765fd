import { describe, expect, test } from "vitest";
import { checkStage, type StageToCheck } from "../../../../src/aws/operate/checkup/check-stage.js";
import { mendStage } from "../../../../src/aws/operate/mend-stage.js";
import type { StageShape } from "../../../../src/aws/operate/stage-shape.js";
import type { Mend } from "../../../../src/core/diagnosis/finding.js";
import { SagaError } from "../../../../src/errors/saga-error.js";
import type { KeptMessage } from "../../../../src/ports/operator-store.js";
import { empty, scriptedTools, type ToldStage } from "./scripted-tools.js";

const now = 1_790_000_000_000;
const action = "sqs:SendMessage";
const resource = "arn:aws:sqs:eu-west-1:111122223333:shop-dev-main.fifo";

const shape: StageShape = {
  queues: ["shop-dev-main.fifo", "dead-shop-dev-main.fifo"].map((name) => ({
    name,
    url: `https://x/${name}`,
  })),
  functions: [
    {
      name: "shop-dev-main",
      queues: ["shop-dev-main.fifo"],
      rights: { recursiveLoop: "Allow", statements: [{ actions: [action], resources: [resource] }] },
      role: "shop-role",
    },
  ],
};

const policyOf = (name: string, effect: "Allow" | "Deny") => {
  const document = { Statement: [{ Effect: effect, Action: [action], Resource: [resource] }] };
  return { name, document: { Version: "2012-10-17", ...document } };
};

/** A stage without a fault. */
const well: ToldStage = {
  depth: () => empty,
  find: (name) => ({
    arn: `arn:aws:lambda:eu-west-1:111122223333:function:${name}`,
    ...{ state: "Active", why: "", lastUpdate: "Successful", role: "shop-role", reserved: undefined },
  }),
  feeds: (name) => [{ uuid: "u-1", queue: `${name}.fifo`, state: "Enabled", concurrency: 100 }],
  recursiveLoop: () => "Allow",
  policies: () => [policyOf("backstep", "Allow")],
  metric: ({ metric }) => (metric === "Invocations" ? [1, 0] : [0, 0]),
  tableStates: () => ["ACTIVE", "ACTIVE"],
  status: () => "UPDATE_COMPLETE",
  resources: () => [],
  template: () => undefined,
};

const unreadable: KeptMessage = {
  ...{ id: "0/1#m", kind: "unreadable", at: now, source: "main", reason: "none", body: "?", receives: 1 },
};
const markAt = (at: number) => ({ handedTo: at, lookedBackTo: 0, overdueFrom: 0, passAt: at, sweptAt: 0 });

function check(told: Partial<ToldStage>, given: Partial<StageToCheck> = {}) {
  return checkStage({
    ...{ stack: "shop-dev", stage: "dev", endpoint: undefined, watchdog: "shop-dev--watchdog" },
    tools: scriptedTools({ ...well, ...told }).tools,
    records: { kept: async () => ({ messages: [] }) },
    index: { shards: 2, mark: async () => markAt(now - 60_000) },
    clock: { now: () => now },
    shape: async () => shape,
    ...given,
  });
}

const facts = well.find("shop-dev-main");
const feed = well.feeds("shop-dev-main")[0];

/** What is broken, and what is found: its cause, a part of the problem, its command. */
const broken: readonly [string, string, string, string | undefined, Partial<ToldStage>][] = [
  ["a table that is gone", "deployment", "no table", "deploy", { tableStates: () => undefined }],
  ["a table without index", "deployment", "no index", "deploy", { tableStates: () => ["ACTIVE"] }],
  [
    "an index that is being made",
    "deployment",
    "CREATING",
    undefined,
    { tableStates: () => ["ACTIVE", "CREATING"] },
  ],
  [
    "a stack that cannot be changed",
    "deployment",
    "ROLLBACK_COMPLETE",
    undefined,
    { status: () => "ROLLBACK_COMPLETE" },
  ],
  [
    "a queue that is gone",
    "deployment",
    'no queue "shop-dev-main.fifo"',
    "deploy",
    { depth: (queue) => (queue.startsWith("dead-") ? empty : undefined) },
  ],
  [
    "dead letters",
    "deadLetter",
    'queue "dead-shop-dev-main.fifo" that nobody has taken yet: 3.',
    "dlq",
    { depth: () => ({ visible: 2, inFlight: 1, delayed: 0 }) },
  ],
  [
    "a function that could not be changed",
    "deployment",
    "No such bucket.",
    "deploy",
    { find: () => facts && { ...facts, lastUpdate: "Failed", why: "No such bucket." } },
  ],
  ["a mapping that is gone", "deployment", "feeds no function", "deploy", { feeds: () => [] }],
  [
    "a role that another policy denies what it needs",
    "missingPermission",
    `does not allow ${action} on ${resource}.`,
    "deploy",
    { policies: () => [policyOf("backstep", "Allow"), policyOf("lockdown", "Deny")] },
  ],
  [
    "a function with another role, which allows too little",
    "missingPermission",
    'The role "admin"',
    "deploy",
    { find: () => facts && { ...facts, role: "admin" }, policies: () => [] },
  ],
  [
    "throttles",
    "throttled",
    "5 times in the last 15 minutes",
    undefined,
    { metric: ({ metric }) => ({ Throttles: [2, 0, 3], Invocations: [1] })[metric] ?? [] },
  ],
  [
    "a function that cannot start",
    "deployment",
    "none of its latest invocations has answered, of 4.",
    undefined,
    { metric: ({ metric }) => ({ Errors: [1, 2, 1, 0], Invocations: [1, 2, 1, 9] })[metric] ?? [] },
  ],
];

/** What somebody has changed by hand, what a part of the problem says, and what setting it back does. */
const changed: readonly [string, string, string, Partial<ToldStage>, unknown][] = [
  [
    "a function that may not run",
    "throttled",
    "reserved concurrency is 0",
    { find: () => facts && { ...facts, reserved: 0 } },
    { freed: "shop-dev-main" },
  ],
  [
    "a mapping that is disabled",
    "deployment",
    "its mapping is disabled",
    { feeds: () => (feed ? [{ ...feed, state: "Disabled" }] : []) },
    { enabled: "u-1" },
  ],
  [
    "recursion that is stopped",
    "recursionStopped",
    "after about 16 events",
    { recursiveLoop: () => "Terminate" },
    { loops: "shop-dev-main" },
  ],
  [
    "a role that allows too little",
    "missingPermission",
    `does not allow ${action} on ${resource}.`,
    { policies: () => [policyOf("more", "Allow")].map((each) => ({ ...each, document: {} })) },
    { role: "shop-role", policy: policyOf("backstep", "Allow") },
  ],
];

describe("a checkup of a stage", () => {
  test("finds nothing where nothing is wrong, and skips nothing", async () => {
    expect(await check({})).toEqual({ findings: [], skipped: [] });
  });

  test.each(broken)("finds %s", async (_, cause, problem, command, told) => {
    const { findings } = await check(told);
    expect(findings).toMatchObject([{ cause, problem: expect.stringContaining(problem), isSafe: false }]);
    expect(findings[0]?.command).toBe(command);
  });

  test.each(changed)("finds %s, and what sets it back", async (_, cause, problem, told, done) => {
    const { findings } = await check(told);
    expect(findings).toMatchObject([{ cause, problem: expect.stringContaining(problem), isSafe: true }]);
    expect(findings[0]?.command).toBe("doctor --fix");
    const { tools, set } = scriptedTools({});
    expect(await mendStage(tools, findings[0]?.mend as Mend)).toMatch(/\.$/);
    expect(set).toEqual([done]);
  });

  test("leaves to a deployment what the stack does not say as the configuration does", async () => {
    const functions = shape.functions.map(({ role: _, ...each }) => each);
    const told = { recursiveLoop: () => "Terminate", policies: () => [] };
    const { findings } = await check(told, { shape: async () => ({ ...shape, functions }) });
    expect(findings.map(({ command, mend }) => [command, mend])).toEqual([
      ["deploy", undefined],
      ["deploy", undefined],
    ]);
  });

  test("leaves a disabled mapping of others alone", async () => {
    const others = { uuid: "u-2", queue: "theirs", state: "Disabled", concurrency: undefined };
    const told = { feeds: () => (feed ? [feed, others] : []) };
    expect((await check(told)).findings).toEqual([]);
    const [{ name } = { name: "" }] = shape.functions;
    const unknown = { ...shape, functions: [{ name, queues: undefined, rights: undefined }] };
    const made = async () => ({ ...unknown, mappings: ["u-2"] });
    expect((await check(told, { shape: made })).findings).toMatchObject([{ mend: { uuid: "u-2" } }]);
  });

  test("finds no fault in a function that fails now and then, or has failed before", async () => {
    const some = { Errors: [0, 1, 0, 9], Invocations: [1, 1, 1, 9] };
    const metric: ToldStage["metric"] = (of) => some[of.metric as "Errors"] ?? [];
    expect(await check({ metric })).toEqual({ findings: [], skipped: [] });
  });

  test("does not know whether functions fail where there are no metrics of them", async () => {
    const { findings, skipped } = await check({ metric: () => [] });
    expect(findings).toEqual([]);
    expect(skipped).toEqual([expect.stringContaining("CloudWatch has no metrics of them")]);
  });

  test("finds a function that is gone, and asks nothing more of its role", async () => {
    const { findings } = await check({ find: () => undefined });
    expect(findings.map(({ problem }) => problem)).toEqual(['There is no function "shop-dev-main".']);
  });

  test("counts messages that nobody could read", async () => {
    const records = { kept: async () => ({ messages: [unreadable, unreadable] }) };
    const many = { kept: async () => ({ messages: Array(100).fill(unreadable), cursor: "next" }) };
    expect((await check({}, { records })).findings).toMatchObject([
      {
        cause: "unreadableMessage",
        problem: "Messages that nobody could read: 2.",
        command: "quarantine list",
      },
    ]);
    expect((await check({}, { records: many })).findings[0]?.problem).toContain("more than 100");
  });

  test("finds a watchdog that is silent, by its newest mark", async () => {
    const marks = (...ages: readonly number[]) => ({
      shards: ages.length,
      mark: async (shard: number) => markAt(now - (ages[shard] ?? 0)),
    });
    expect((await check({}, { index: marks(900_000, 300_000) })).findings).toEqual([]);
    expect((await check({}, { index: marks(900_000, 361_000) })).findings).toMatchObject([
      { cause: "deployment", problem: expect.stringContaining("for 6 minutes") },
    ]);
  });

  test("skips what it is not let see, with the reason, and looks at the rest", async () => {
    const denial = 'AWS denies "lambda:GetFunction" on the function "shop-dev-main".';
    const denied = (): never => {
      throw new SagaError("AWS_DENIED", denial);
    };
    const gap = 'The package "@aws-sdk/client-cloudwatch" is not installed.';
    const missing = (): never => {
      throw new SagaError("PACKAGE_MISSING", gap);
    };
    const { findings, skipped } = await check({ find: denied, metric: missing, feeds: () => [] });
    expect(findings).toMatchObject([{ problem: expect.stringContaining("feeds no function") }]);
    expect(skipped).toEqual([
      `The functions cannot be looked at: ${denial}`,
      `What roles allow cannot be looked at: ${denial}`,
      `Whether functions are throttled cannot be looked at: ${gap}`,
      `Whether functions fail cannot be looked at: ${gap}`,
    ]);
  });

  test("looks at table, stack and messages where nobody can tell what else there must be", async () => {
    const unasked = async (): Promise<never> => {
      throw new TypeError("no answer\nof any kind");
    };
    const { findings, skipped } = await check({ tableStates: () => undefined }, { shape: unasked });
    expect(findings).toMatchObject([{ problem: expect.stringContaining("no table") }]);
    expect(skipped).toEqual([
      "Nobody can tell which queues and functions there must be: TypeError: no answer.",
    ]);
  });

  test("finds no fault in what an emulator lacks, a stack of others, or a watchdog yet to run", async () => {
    const index = { shards: 1, mark: async () => undefined };
    const told = { recursiveLoop: () => "Terminate", status: () => undefined };
    const { findings, skipped } = await check(told, { endpoint: "http://127.0.0.1:4566", index });
    expect(findings).toEqual([]);
    expect(skipped).toHaveLength(3);
  });
});
