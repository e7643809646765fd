import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { recordedStages } from "../../../src/cli/stage/recorded-stages.js";
import {
  readStageRecord,
  removeStageRecord,
  type StageRecord,
  writeStageRecord,
} from "../../../src/cli/stage/stage-record.js";
import { verbs } from "../../../src/cli/verbs.js";
import { createCliWorld } from "../../aws-e2e/cli-world.js";
import { type CliProject, createCliProject } from "../../e2e/cli-project.js";
import { orderProject } from "../../e2e/cli-sagas.js";

/** Nothing listens there. */
const nowhere = "http://127.0.0.1:9";

const record: StageRecord = {
  v: 1,
  name: "shop",
  stage: "dev",
  stack: "shop-dev",
  region: "eu-central-1",
  account: "123456789012",
  endpoint: nowhere,
  deployedAt: "2031-05-04T14:00:00.000Z",
  environment: {
    BACKSTEP_TABLE: "shop-dev",
    BACKSTEP_LANE_QUEUE_URL: "https://sqs.eu-central-1.amazonaws.com/123456789012/shop-dev-{lane}.fifo",
  },
  outputs: { BackstepTable: "shop-dev" },
};

let project: CliProject;
let bare: CliProject;

beforeAll(() => {
  project = createCliProject(orderProject);
  bare = createCliProject();
});
afterAll(async () => {
  await project.remove();
  await bare.remove();
});
beforeEach(() => {
  for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_REGION"]) {
    vi.stubEnv(name, undefined);
  }
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
  for (const name of ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"]) vi.stubEnv(name, "/nowhere");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const { folder } of [project, bare]) await removeStageRecord(folder, "dev");
});

/** Runs a command with `--json`, which must fail. @returns its exit code and what it said */
async function failure(args: readonly string[], { folder } = project) {
  const { code, out, err } = await createCliWorld(folder, ["--json"]).run(...args);
  expect(out).toBe("");
  return { exit: code, ...JSON.parse(err.trim().split("\n").at(-1) ?? "") };
}

const folderOf = (root: string) => join(root, ".backstep");

describe("the record of a stage", () => {
  it("is read as it was written, and is one file", async () => {
    expect(await readStageRecord(project.folder, "dev")).toBeUndefined();
    await writeStageRecord(project.folder, record);
    expect(await readStageRecord(project.folder, "dev")).toEqual(record);
    expect(readdirSync(folderOf(project.folder))).toEqual(["dev.json"]);
    expect(JSON.parse(readFileSync(join(folderOf(project.folder), "dev.json"), "utf8"))).toEqual(record);
    expect(await recordedStages(project.folder)).toEqual(["dev"]);
    await removeStageRecord(project.folder, "dev");
    await removeStageRecord(project.folder, "dev");
    expect(await recordedStages(project.folder)).toEqual([]);
  });

  it.each([
    ["no JSON", "{"],
    ["of another shape", '{"v":1}'],
    ["of a newer version", JSON.stringify({ ...record, v: 2 })],
    ["that of another stage", JSON.stringify({ ...record, stage: "prod" })],
    ["one with a malformed endpoint", JSON.stringify({ ...record, endpoint: "localhost:4566" })],
  ])("is refused where it is %s", async (_, text) => {
    mkdirSync(folderOf(project.folder), { recursive: true });
    writeFileSync(join(folderOf(project.folder), "dev.json"), text);
    expect(await failure(["list", "--stage", "dev"])).toMatchObject({
      exit: 3,
      code: "STAGE_UNKNOWN",
      message: expect.stringContaining(
        'The file ".backstep/dev.json" is not what a deployment of "dev" wrote',
      ),
      fix: "Delete it: what it says is then asked of the stack.",
    });
  });

  it("is named where it cannot be read", async () => {
    const file = join(folderOf(project.folder), "dev.json");
    mkdirSync(file, { recursive: true });
    expect(await failure(["list", "--stage", "dev"])).toMatchObject({
      exit: 3,
      code: "STAGE_UNKNOWN",
      message: expect.stringContaining("cannot be read: EISDIR"),
    });
    rmdirSync(file);
  });

  it("that somebody has edited is named, not the environment", async () => {
    const environment = { ...record.environment, BACKSTEP_INDEX_SHARDS: "many" };
    await writeStageRecord(project.folder, { ...record, environment });
    expect(await failure(["list", "--stage", "dev"])).toMatchObject({
      code: "ENVIRONMENT_INVALID",
      fix: expect.stringContaining("Delete .backstep/dev.json"),
    });
  });

  it("is enough to read without a configuration, also from a folder below", async () => {
    await writeStageRecord(bare.folder, record);
    mkdirSync(join(bare.folder, "below"), { recursive: true });
    const below = { ...bare, folder: join(bare.folder, "below") };
    for (const at of [bare, below]) {
      expect(await failure(["list", "--stage", "dev"], at)).toMatchObject({ code: "AWS_UNREACHABLE" });
    }
    expect(await failure(["start", "order", "--input", "{}", "--stage", "dev"], bare)).toMatchObject({
      exit: 3,
      code: "CONFIG_NOT_FOUND",
    });
  });
});

describe("a stage that is not there", () => {
  it("is unknown without a record and a configuration; those there are are named", async () => {
    await writeStageRecord(bare.folder, record);
    expect(await failure(["list", "--stage", "prod"], bare)).toMatchObject({
      exit: 3,
      code: "STAGE_UNKNOWN",
      message: expect.stringMatching(/^There is no .backstep\/prod.json, .*\. Deployed from here: dev\.$/),
      fix: "Correct the name of the stage, or deploy it: backstep deploy --stage prod.",
    });
  });

  it("is asked of its stack where there is a configuration", async () => {
    vi.stubEnv("AWS_ENDPOINT_URL", nowhere);
    expect(await failure(["list", "--stage", "dev"])).toMatchObject({
      exit: 1,
      code: "AWS_UNREACHABLE",
      message: expect.stringMatching(/^There is no .backstep\/dev.json, and its stack .*127.0.0.1:9/),
    });
    vi.stubEnv("AWS_ENDPOINT_URL", "http://aws.invalid");
    expect(await failure(["list", "--stage", "dev"])).toMatchObject({ code: "ENVIRONMENT_INVALID" });
    vi.stubEnv("AWS_REGION", "eu-central-1");
    expect(await failure(["list", "--stage", "dev"])).toMatchObject({ code: "CREDENTIALS_MISSING" });
  });
});

describe("AWS that does not answer as it must", () => {
  const commands = [
    ["list"],
    ["show", "order/o-1"],
    ["wait", "order/o-1"],
    ["tail"],
    ["tail", "order/o-1"],
    ["start", "order", "--input", '{"orderId":"o-1","sku":"tea"}'],
    ["signal", "payment.received", "--payload", '{"orderId":"o-1","cents":4}'],
    ["cancel", "order/o-1"],
    ["terminate", "order/o-1", "--reason", "why", "--yes"],
    ["stuck"],
    ["doctor"],
    ["doctor", "order/o-1"],
    ["audit"],
    ["timers", "list"],
    ["timers", "fire", "order/o-1", "payment"],
    ["mailbox", "order/o-1"],
    ["quarantine", "list"],
    ["dlq"],
    ["lanes", "list"],
    ["lanes", "set", "main", "--concurrency", "4"],
    ["backlog", "--over", "1s"],
    ["history", "export", "order/o-1"],
    ["pull", "order/o-1"],
    ["try", "order/o-1"],
    ["retry", "order/o-1"],
  ];

  it.each(commands.map((args) => [args]))(
    "an endpoint at which nobody listens is named (%j)",
    async (args) => {
      await writeStageRecord(project.folder, record);
      const { folder } = project;
      const { code, err } = await createCliWorld(folder, ["--stage", "dev"]).run(...args);
      expect(code).toBe(1);
      expect(err).toContain(
        `What should be AWS at "${nowhere}" does not answer (ECONNREFUSED). [AWS_UNREACHABLE]`,
      );
      expect(err).toContain('correct "endpoint" in .backstep/dev.json');
    },
  );

  it("credentials that are missing have an error of their own", async () => {
    await writeStageRecord(project.folder, { ...record, endpoint: "http://aws.invalid" });
    expect(await failure(["list", "--stage", "dev"])).toMatchObject({ exit: 1, code: "CREDENTIALS_MISSING" });
  });

  describe("a server that answers as AWS does", () => {
    let server: Server;
    let answer: { readonly status: number; readonly body: string };

    beforeAll(async () => {
      server = createServer((_request, response) => {
        response.writeHead(answer.status, { "content-type": "application/x-amz-json-1.0" }).end(answer.body);
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    });
    afterAll(() => new Promise((resolve) => server.close(resolve)));

    const type = (name: string, message: string) => JSON.stringify({ __type: name, message });
    const told =
      "User: u is not authorized to perform: dynamodb:Query on resource: arn:aws:dynamodb:::table/shop-dev";
    it.each([
      ["AWS_DENIED", 400, type("AccessDeniedException", told), "dynamodb:Query"],
      ["TABLE_INVALID", 400, type("ResourceNotFoundException", "None."), 'There is no table "shop-dev".'],
      [
        "CREDENTIALS_MISSING",
        400,
        type("UnrecognizedClientException", "The security token included in the request is invalid."),
        "are wrong, or have expired",
      ],
      ["AWS_UNREACHABLE", 200, "<html>", "answers, but not as AWS does"],
    ])("%s", async (code, status, body, text) => {
      answer = { status, body };
      const { port } = server.address() as AddressInfo;
      await writeStageRecord(project.folder, { ...record, endpoint: `http://127.0.0.1:${port}` });
      for (const command of [["list"], ["show", "order/o-1"], ["tail"]]) {
        const failed = await failure([...command, "--stage", "dev"]);
        expect(failed).toMatchObject({ exit: 1, code, message: expect.stringContaining(text) });
        if (code === "TABLE_INVALID") expect(failed.fix).toContain("backstep deploy --stage dev.");
      }
    });
  });
});

describe("--stage on the command line", () => {
  it.each(["1dev", "-dev", "Dev", "de_v", "dév", "", "a".repeat(21)])("%j is no name", async (name) => {
    expect(await failure(["list", `--stage=${name}`])).toMatchObject({
      exit: 2,
      code: "USAGE",
      message: `"${name}" is not the name of a stage.`,
    });
  });

  it("together with --store is refused", async () => {
    expect(await failure(["list", "--stage", "dev", "--store", "x.db"])).toMatchObject({
      exit: 2,
      message: "--stage and --store name two places.",
    });
  });

  const refusing = verbs.filter(({ noStage }) => noStage !== undefined).map(({ name }) => name);

  it("is refused by what is the embedded engine's, or reads the configuration alone", () => {
    const alone = ["init", "dev", "sagas", "diagram", "lint", "lock", "explore"];
    expect(refusing).toEqual([...alone, "backup", "verify", "restore", "completion"]);
  });

  it.each([
    ["dev", "it runs the embedded engine; a stage runs by itself"],
    ["backup", "a stage's table has point-in-time recovery", "x.db"],
    ["sagas", "it reads the configuration alone"],
  ])("%s says why: %s", async (name, why, ...args) => {
    const { exit, message, fix } = await failure([name, ...args, "--stage", "dev"]);
    expect({ exit, fix }).toEqual({ exit: 2, fix: "Leave --stage out." });
    expect(message).toMatch(`backstep ${name} takes no --stage: `);
    expect(message).toContain(why);
  });

  it("is completed with what was deployed from here, and never waits for AWS in vain", async () => {
    await writeStageRecord(project.folder, record);
    const complete = async (line: string) =>
      (await createCliWorld(project.folder, []).run("__complete", "--", line)).out;
    expect(await complete("backstep list --stage ")).toBe("dev\n");
    expect(await complete("backstep list --stage -")).toBe("\n");
    expect(await complete("backstep --stage dev show ")).toBe("\n");
    expect(await complete("backstep --stage dev start ")).toBe("order\n");
  });
});
