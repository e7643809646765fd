import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type AwsSettings, defineConfig, defineEvent, defineSaga } from "backstep";
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import shop from "../../backstep.config.js";
import { compileTopology } from "../../src/core/topology/compile-topology.js";
import type { FunctionResource, Statement, Topology } from "../../src/core/topology/topology.js";
import { type Analysis, analyse, clientEntry, fileOf, functionEntries } from "./analyse.js";
import { callerName, type Need, queueCallers } from "./aws-needs.js";
import { checkRole } from "./check-role.js";
import { inGuideWords, parseGuideTable } from "./guide-table.js";

let analysis: Analysis;
/** What the services of the sample do, from what its handlers and its configuration ask of them. */
let services: readonly Need[];

beforeAll(async () => {
  analysis = await analyse([...functionEntries, clientEntry]);
  services = analysis.usersNeeds(["sagas/order/saga.ts", "backstep.config.ts"]);
}, 120_000);

const pay = { actions: ["kms:Sign"], resources: ["arn:{partition}:kms:{region}:{account}:key/pay"] };
const ship = { actions: ["dynamodb:DeleteItem"], resources: ["{table}"] };
const all = { actions: ["ses:SendEmail"], resources: ["*"] };

const Paid = defineEvent({ name: "paid", payload: z.object({ id: z.string() }) });

const trade = defineSaga({
  name: "trade",
  version: 1,
  input: z.object({ id: z.string() }),
  id: ({ id }) => id,
})
  .step("pay", { compensate: "none", permissions: [pay], run: () => undefined })
  .waitFor("payment", {
    event: Paid,
    id: ({ id }) => id,
    within: { days: 1 },
    onTimeout: "compensate",
    compensate: "none",
  })
  .pivot("ship", { permissions: [ship], run: () => undefined })
  .build();

function stageOf(lanes: "shared" | "per-step", aws: AwsSettings) {
  return compileTopology(defineConfig({ name: "trade", sagas: [trade], lanes, aws }), { stage: "dev" });
}

const shared = stageOf("shared", { permissions: [all], payloadBucket: "large-ones" });
const perStep = stageOf("per-step", { subscribers: { mailing: ["saga.parked"] } });
const table = "arn:{partition}:dynamodb:{region}:{account}:table/trade-dev";
const shipDeclared = { ...ship, resources: [table] };

/** What is declared for all steps, and for one. */
const declaredFor: Readonly<Record<string, readonly Statement[]>> = {
  "lane-main": [all, pay, shipDeclared],
  "lane-trade-pay": [pay],
  "lane-trade-ship": [shipDeclared],
};

const stages: readonly (readonly [string, string, Topology])[] = [shared, perStep].flatMap((topology) => {
  return topology.functions.map(
    ({ id }) => [id, topology === shared ? "shared" : "per-step", topology] as const,
  );
});

describe("the role of a function", () => {
  it.each(stages)("allows all that its code does, and no more (%s, lanes %s)", (id, _lanes, topology) => {
    expect(faultsOf(topology, id)).toEqual([]);
  });

  it("is checked for every kind, and for each lane", () => {
    expect(shared.functions.map(({ entry }) => fileOf(entry)).sort()).toEqual([...functionEntries].sort());
    expect(perStep.functions.map(({ id }) => id)).toEqual(
      expect.arrayContaining(Object.keys(declaredFor).slice(1)),
    );
  });

  it("allows all that the services of the sample do, and no more", () => {
    const topology = compileTopology(shop, { stage: "dev" });
    const code = [...analysis.needs(fileOf("lane")), ...services];
    const lanes = topology.functions.filter(({ kind }) => kind === "lane");
    expect(services.map(({ action, on }) => `${action} on ${on}`)).toContain("dynamodb:UpdateItem on table");
    expect(lanes.flatMap((role) => checkRole(topology, role, { code }))).toEqual([]);
  });

  it("does not fit when an action is taken away, added, or allowed on more", () => {
    const [first, ...rest] = roleOf(shared, "dead-letter").statements;
    if (first === undefined) throw new Error("There is no statement to change.");
    const faults = (statements: readonly Statement[]) =>
      faultsOf(shared, "dead-letter", [...statements, ...rest]);
    const actions = first.actions.filter((action) => action !== "dynamodb:UpdateItem");
    expect(faults([{ ...first, actions }])).toEqual([
      expect.stringMatching(
        /^dead-letter lacks dynamodb:UpdateItem on .*table\/trade-dev: \n.*functions\/dead-letter.ts:/,
      ),
    ]);
    expect(faults([first, { actions: ["dynamodb:Scan"], resources: [table] }])).toEqual([
      `dead-letter is allowed dynamodb:Scan on ${table}, which it never does`,
    ]);
    expect(faults([first, { ...first, resources: ["*"] }])).toContain(
      "dead-letter is allowed dynamodb:PutItem on *, which it never does",
    );
  });
});

function faultsOf(topology: Topology, id: string, statements?: readonly Statement[]): readonly string[] {
  const role = roleOf(topology, id);
  const changed = statements === undefined ? role : { ...role, statements };
  return checkRole(topology, changed, {
    code: analysis.needs(fileOf(role.entry)),
    declared: declaredFor[id] ?? [],
  });
}

function roleOf({ functions }: Topology, id: string): FunctionResource {
  const role = functions.find((each) => each.id === id);
  if (role === undefined) throw new Error(`There is no function ${id}.`);
  return role;
}

describe("the guide", () => {
  it("says what each function and a client must be allowed", () => {
    const guide = readFileSync(join(import.meta.dirname, "../../docs/guide/aws.md"), "utf8");
    const columns: Readonly<Record<string, string>> = {
      lane: fileOf("lane"),
      "dead letter": fileOf("dead-letter"),
      ingest: fileOf("ingest"),
      watchdog: fileOf("watchdog"),
      timer: fileOf("timer"),
      client: clientEntry,
    };
    const done = Object.entries(columns).flatMap(([column, entry]) => {
      return inGuideWords(column, analysis.needs(entry));
    });
    const fed = ["lane", "dead letter", "ingest", "timer"].flatMap((column) =>
      ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"].map((action) => {
        return { column, action, on: "the queue behind it" };
      }),
    );
    const inOrder = (rights: typeof fed) => rights.map((right) => Object.values(right).join(" | ")).sort();
    expect(inOrder(parseGuideTable(guide))).toEqual(inOrder([...done, ...fed]));
  });
});

describe("the table of the guide", () => {
  it("is read cell by cell", () => {
    const text = [
      "### What each function must be allowed",
      "| action | on | lane | client |",
      "|---|---|---|---|",
      "| `s3:GetObject`, `s3:PutObject` | bucket | get | yes |",
      "| `sqs:SendMessage` | queue | - | `list` |",
    ];
    expect(parseGuideTable(text.join("\n"))).toEqual([
      { column: "lane", action: "s3:GetObject", on: "bucket" },
      { column: "client", action: "s3:GetObject", on: "bucket" },
      { column: "client", action: "s3:PutObject", on: "bucket" },
      { column: "client", action: "sqs:SendMessage", on: "queue" },
    ]);
  });
});

describe("the walk through the code", () => {
  /** What the framework calls, and others have. */
  const others = [
    "AnySaga.id",
    "AnySaga.result",
    "AnySaga.tags",
    "ChoiceNode.when",
    "EmitNode.payload",
    "EndEmit.payload",
    "FunctionOptions.log",
    "FunctionOptions.services",
    "InvocationContext.getRemainingTimeInMillis",
    "LimitedClient.addRelativeTo",
    "SleepNode.until",
    "StepNode.mapArgs",
    "StepNode.probe",
    "StepNode.run",
    "WaitNode.id",
    "WaitNode.onLate",
  ];

  it("finds whatever is called, but for what users, Lambda and the SDK have", () => {
    const missing = [...functionEntries, clientEntry].flatMap((entry) => analysis.framework(entry).missing);
    expect([...new Set(missing)].sort()).toEqual(others);
  });

  it("meets every function that is said to know its queue", () => {
    const met = functionEntries.flatMap((entry) => [...analysis.framework(entry).bodies.keys()]);
    expect(met.map(callerName)).toEqual(expect.arrayContaining(Object.keys(queueCallers)));
  });
});
