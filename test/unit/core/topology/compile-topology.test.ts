import { type AwsSettings, type ConfigOptions, defineConfig, defineEvent, defineSaga } from "backstep";
import { compileTopology, type Topology } from "backstep/topology";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { orderSaga } from "../../../../sagas/order/saga.js";
import type { OrderServices } from "../../../../sagas/order/services.js";
import { caught } from "../caught.js";

const order = orderSaga({ paymentWindow: { minutes: 30 } });
const services = () => ({}) as OrderServices;

function compiled(aws: AwsSettings = {}, options: Omit<ConfigOptions, "aws"> = {}, stage = "dev"): Topology {
  return compileTopology(defineConfig({ name: "shop", sagas: [order], services, aws, ...options }), {
    stage,
  });
}

const Told = defineEvent({ name: "told", payload: z.object({}) });

/** A saga of one step that may take so long, and waits for nothing. */
function toldSaga(seconds: number) {
  return defineSaga({ name: "told", version: 1, input: z.object({ id: z.string() }), id: ({ id }) => id })
    .step("tell", { run: () => undefined, compensate: "none", timeout: { seconds } })
    .emit("say", Told, () => ({}), "none")
    .build();
}

function toldTopology(aws: AwsSettings = {}, seconds = 10): Topology {
  return compileTopology(defineConfig({ name: "told", sagas: [toldSaga(seconds)], aws }), { stage: "dev" });
}

const idsOf = (resources: readonly { readonly id: string }[]) => resources.map(({ id }) => id);

describe("compileTopology", () => {
  it("names everything after the project and the stage", () => {
    const { stack, table, bus, topic, queues, functions } = compiled({}, {}, "prod");
    expect([stack, table.name, bus.name, topic.name]).toEqual([
      "shop-prod",
      "shop-prod",
      "shop-prod",
      "shop-prod--alarms",
    ]);
    expect(queues.map(({ name }) => name)).toEqual([
      "shop-prod-main.fifo",
      "dead-shop-prod-main.fifo",
      "shop-prod--timers",
      "dead-shop-prod--timers",
      "shop-prod--ingest",
      "dead-shop-prod--ingest",
    ]);
    expect(functions.map(({ name }) => name)).toEqual([
      "shop-prod-main",
      "shop-prod--timers",
      "shop-prod--watchdog",
      "shop-prod--dead-letter",
      "shop-prod--ingest",
    ]);
  });

  it("has a queue, a function and a mapping for each step where lanes are per step", () => {
    const { functions, mappings } = compiled({}, { lanes: "per-step" });
    const lanes = functions.filter(({ kind }) => kind === "lane");
    expect(lanes.map(({ steps }) => steps)).toEqual([
      ["order.reserveStock"],
      ["order.createOrder"],
      ["order.payment"],
      ["order.capture"],
      ["order.ship"],
    ]);
    for (const { id } of lanes) {
      expect(mappings.filter(({ function: fed }) => fed === id)).toMatchObject([
        { queue: id, batchSize: 10 },
      ]);
      expect(idsOf(mappings)).toContain(`dead-${id}`);
    }
  });

  it("hides messages for six timeouts of the function that has them", () => {
    const { queues } = compiled({ timeout: { seconds: 60 } });
    const hidden = Object.fromEntries(queues.map(({ id, visibilitySeconds }) => [id, visibilitySeconds]));
    expect(hidden).toMatchObject({ "lane-main": 360, "dead-lane-main": 180, timers: 180, ingest: 180 });
  });

  it("lets functions feed themselves that can: by queues, by other functions or by the bus", () => {
    const allowed = ({ functions }: Topology) =>
      idsOf(functions.filter(({ recursiveLoop }) => recursiveLoop === "Allow"));
    expect(allowed(compiled())).toEqual(["lane-main", "timers", "ingest"]);
    expect(allowed(toldTopology())).toEqual(["lane-main", "timers"]);
  });

  it("takes in the domain events that sagas wait for", () => {
    const rule = compiled().rules.find(({ id }) => id === "ingest");
    expect(rule).toMatchObject({ events: ["payment.received"], target: { queue: "ingest" } });
  });

  it("takes in nothing where no saga waits", () => {
    const { rules, functions, queues } = toldTopology();
    expect([...idsOf(rules), ...idsOf(functions), ...idsOf(queues)]).not.toContain("ingest");
  });

  it("gives each subscriber a queue of its own", () => {
    const { rules, queues, mappings } = compiled({ subscribers: { mailing: ["order.completed"] } });
    expect(rules).toContainEqual(
      expect.objectContaining({ events: ["order.completed"], target: { queue: "to-mailing" } }),
    );
    expect(queues.find(({ id }) => id === "to-mailing")?.deadLetter?.queue).toBe("dead-to-mailing");
    expect(mappings.map(({ queue }) => queue)).not.toContain("dead-to-mailing");
  });

  it("grants what a step declares to the function of its lane alone", () => {
    const mailing = defineSaga({
      name: "mail",
      version: 1,
      input: z.object({ id: z.string() }),
      id: ({ id }) => id,
    })
      .step("send", {
        run: () => undefined,
        compensate: "none",
        permissions: [{ actions: ["ses:SendEmail"], resources: ["{table}", "arn:{partition}:ses:x"] }],
      })
      .step("note", { run: () => undefined, compensate: "none" })
      .build();
    const config = defineConfig({ name: "shop", sagas: [mailing], lanes: "per-step" });
    const { functions, table } = compileTopology(config, { stage: "dev" });
    const granted = functions.flatMap(({ id, statements }) =>
      statements.filter(({ actions }) => actions.includes("ses:SendEmail")).map((found) => [id, found]),
    );
    const resources = [table.arn, "arn:{partition}:ses:x"];
    expect(granted).toEqual([["lane-mail-send", { actions: ["ses:SendEmail"], resources }]]);
  });

  it("sets for every function what handlers read", () => {
    const { functions } = compiled({
      indexShards: 4,
      payloadBucket: "big-things",
      environment: { SHOP: "1" },
    });
    for (const { environment } of functions) {
      expect(environment).toMatchObject({
        BACKSTEP_TABLE: "shop-dev",
        BACKSTEP_LANE_QUEUE_URL: { laneUrls: true },
        BACKSTEP_TIMER_QUEUE_URL: { urlOf: "timers" },
        BACKSTEP_BUS_NAME: "shop-dev",
        BACKSTEP_INDEX_SHARDS: "4",
        BACKSTEP_INDEX_SHARDS_EVER: "4",
        BACKSTEP_RETENTION_DAYS: "30",
        BACKSTEP_WORKER_TIMEOUT_SECONDS: "30",
        BACKSTEP_PAYLOAD_BUCKET: "big-things",
        SHOP: "1",
      });
    }
  });

  it("tells of what is parked, late, given up or throttled, and of a watchdog that fails", () => {
    expect(idsOf(compiled().alarms)).toEqual([
      "parked",
      "dead-letters",
      "watchdog-fails",
      "watchdog-silent",
      "late-lane-main",
      "late-timers",
      "late-ingest",
      "throttled-lane-main",
      "throttled-timers",
      "throttled-dead-letter",
      "throttled-ingest",
      "reads-throttled",
      "writes-throttled",
      "index-throttled",
    ]);
  });

  it("is the same for the same configuration", () => {
    expect(JSON.stringify(compiled())).toBe(JSON.stringify(compiled()));
  });
});

describe("compileTopology refuses", () => {
  const refusals: Readonly<Record<string, [() => unknown, string, RegExp]>> = {
    "a lane's function that ends before its longest step": [
      () => toldTopology({}, 26),
      "TOPOLOGY_INVALID",
      /may take 26 seconds.*ends after 30.*\{ seconds: 31 \}/s,
    ],
    "a timeout of more than 15 minutes": [
      () => compiled({ timeout: { minutes: 16 } }),
      "TOPOLOGY_INVALID",
      /timeout of 960 seconds/,
    ],
    "a timeout of half a second": [
      () => compiled({ timeout: { milliseconds: 500 } }),
      "TOPOLOGY_INVALID",
      /0\.5/,
    ],
    "a timeout that is none": [
      () => compiled({ timeout: 30 as never }),
      "CONFIG_INVALID",
      /aws\.timeout: expected such as/,
    ],
    "a stage that no name can have": [() => compiled({}, {}, "Dev"), "TOPOLOGY_INVALID", /"Dev"/],
    "a name too long for a function": [
      () => compiled({}, { name: "a-shop-with-a-long-long-name", lanes: "per-step" }, "a-stage-as-long-too"),
      "TOPOLOGY_INVALID",
      /function "a-shop[^"]*" has 6\d characters; AWS takes 64/,
    ],
    "a name that no resource can have": [
      () => compiled({}, { name: "My Shop" }),
      "CONFIG_INVALID",
      /"My Shop"/,
    ],
    "no name": [
      () => compileTopology(defineConfig({ sagas: [toldSaga(1)] }), { stage: "dev" }),
      "TOPOLOGY_INVALID",
      /has no name.*name: "shop"/s,
    ],
    "no sagas": [
      () => compileTopology(defineConfig({ name: "shop", sagas: [] }), { stage: "dev" }),
      "TOPOLOGY_INVALID",
      /declares no saga/,
    ],
    "settings for a lane that is not there": [
      () => compiled({ lanes: { fast: { memory: 1_024 } } }),
      "TOPOLOGY_INVALID",
      /"fast", which is no lane.*main/s,
    ],
    "a subscriber to what no saga publishes": [
      () => compiled({ subscribers: { mailing: ["order.complete"] } }),
      "TOPOLOGY_INVALID",
      /"order\.complete", which no saga publishes.*order\.completed/s,
    ],
    "a retention for ever": [() => compiled({}, { retention: "forever" }), "TOPOLOGY_INVALID", /for ever/],
    "a retention of an hour": [() => compiled({}, { retention: { hours: 1 } }), "TOPOLOGY_INVALID", /1 days/],
    "more than ten events in a batch": [
      () => compiled({ lanes: { main: { batchSize: 11 } } }),
      "CONFIG_INVALID",
      /aws\.lanes\.main\.batchSize: expected 10 or less/,
    ],
    "a setting that does not exist": [() => compiled({ memmory: 128 } as never), "CONFIG_INVALID", /memmory/],
    "a variable that Lambda sets": [
      () => compiled({ environment: { AWS_REGION: "x" } }),
      "CONFIG_INVALID",
      /neither AWS nor Backstep/,
    ],
    "a variable of Lambda's runtime": [
      () => compiled({ environment: { LAMBDA_TASK_ROOT: "x" } }),
      "CONFIG_INVALID",
      /neither AWS nor Backstep/,
    ],
    "a tag that is AWS's own": [
      () => compiled({ tags: { "aws:cost": "x" } }),
      "CONFIG_INVALID",
      /aws\.tags\.aws:cost: expected .* begins with aws:/,
    ],
    "a tag with a character that AWS does not take": [
      () => compiled({ tags: { owner: "me & you" } }),
      "CONFIG_INVALID",
      /aws\.tags\.owner: expected letters/,
    ],
    "an environment of 4 KB": [
      () => compiled({ environment: { LARGE: "x".repeat(4_000) } }),
      "TOPOLOGY_INVALID",
      /environment of "shop-dev-main" has \d+ bytes/,
    ],
    "more permissions than a role can have": [
      () =>
        compiled({
          permissions: Array.from({ length: 100 }, (_, at) => ({
            actions: ["s3:GetObject"],
            resources: [`arn:aws:s3:::a-bucket-with-a-name-that-is-long-enough-for-this-${at}/*`],
          })),
        }),
      "TOPOLOGY_INVALID",
      /policy of "shop-dev-main" has \d+ characters/,
    ],
    "more tags than a resource can have": [
      () => compiled({ tags: Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`t${at}`, ""])) }),
      "TOPOLOGY_INVALID",
      /51 tags/,
    ],
    "more lanes than a stack can have": [
      () => {
        const input = z.object({ id: z.string() });
        const step = { run: () => undefined, compensate: "none" } as const;
        const sagas = Array.from({ length: 60 }, (_, at) =>
          defineSaga({ name: `s${at}`, version: 1, input, id: ({ id }) => id })
            .step("go", step)
            .build(),
        );
        return compileTopology(defineConfig({ name: "shop", sagas, lanes: "per-step" }), { stage: "dev" });
      },
      "TOPOLOGY_INVALID",
      /has \d+ resources; CloudFormation takes 500/,
    ],
  };

  it.each(Object.entries(refusals))("%s", (_, [compile, code, text]) => {
    const error = caught(compile);
    expect(error.code).toBe(code);
    expect(`${error.problem} ${error.fix}`).toMatch(text);
  });
});
