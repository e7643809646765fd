import { execFile } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CliProject, createCliProject, type Ended } from "./cli-project.js";
import { orderProject } from "./cli-sagas.js";

const limit = { timeout: 20_000 };

describe("bad input", limit, () => {
  let project: CliProject;
  beforeAll(() => {
    project = createCliProject(orderProject);
  });
  afterAll(() => project.remove());

  it.concurrent.each([
    [2, "USAGE", ["start", "order", "--input", "{bad"], "The --input is not JSON"],
    [2, "USAGE", ["start", "order", "--input", "@missing.json"], 'There is no file "missing.json"'],
    [2, "USAGE", ["start", "order"], 'The option "--input" is missing.'],
    [2, "USAGE", ["signal", "payment.received"], 'The option "--payload" is missing.'],
    [3, "SAGA_UNKNOWN", ["start", "ordr"], 'There is no saga "ordr"'],
    [2, "USAGE", ["signal", "payment.received", "--payload", "nope"], "The --payload is not JSON"],
    [2, "USAGE", ["list", "--status", "wating"], '"wating" is not a status.'],
    [2, "USAGE", ["list", "--since", "never"], '"never" is neither a duration nor a time.'],
    [2, "USAGE", ["list", "--limit", "0"], '"0" is not a limit.'],
    [2, "USAGE", ["list", "--frobnicate"], 'Unknown option "--frobnicate".'],
    [2, "USAGE", ["show", "o-1"], '"o-1" does not name an instance.'],
    [2, "USAGE", ["strat", "order"], 'There is no command "strat".'],
    [2, "USAGE", [], "No command is given."],
    [2, "SCHEMA_MISMATCH", ["start", "order", "--input", '{"orderId":"o-1"}'], "sku: "],
    [2, "SCHEMA_MISMATCH", ["signal", "payment.received", "--payload", "{}"], "orderId: "],
    [2, "INSTANCE_ID_INVALID", ["start", "order", "--input", '{"orderId":"o 1","sku":"x"}'], '"o 1"'],
    [3, "SAGA_UNKNOWN", ["start", "ordr", "--input", "{}"], 'There is no saga "ordr"'],
    [3, "EVENT_UNKNOWN", ["signal", "payment.gone", "--payload", "{}"], '"payment.gone"'],
    [3, "INSTANCE_UNKNOWN", ["show", "order/nope"], 'There is no instance "order/nope"'],
    [3, "INSTANCE_UNKNOWN", ["cancel", "order/nope"], 'There is no instance "order/nope"'],
    [3, "CONFIG_NOT_FOUND", ["dev", "--config", "nope.ts"], '"nope.ts"'],
    [1, "STORE_UNREADABLE", ["list", "--store", "nope.db"], '"nope.db"'],
  ])("exits with %i and %s: backstep %j", async (code, errorCode, args, message) => {
    const ended = await project.backstep([...args, "--json"]);
    expect(ended).toMatchObject({ code, stdout: "" });
    const failure = JSON.parse(ended.stderr);
    expect(failure).toEqual({
      code: errorCode,
      message: expect.stringContaining(message),
      fix: expect.any(String),
    });
    expect(ended.stderr.trimEnd().split("\n")).toHaveLength(1);
  });

  it.each([
    [["start", "order"], `Give it, such as: --input '{"orderId":"orderId-1","sku":"sku-1"}'`],
    [["start", "order", "--input", "{}"], `such as: --input '{"orderId":"orderId-1","sku":"sku-1"}'`],
    [["signal", "payment.received"], `such as: --payload '{"orderId":"orderId-1","cents":1}'`],
    [["signal", "payment.received", "--payload", "1"], `--payload '{"orderId":"orderId-1","cents":1}'`],
  ])("is shown what would fit: backstep %j", async (args, fix) => {
    const { stderr } = await project.backstep([...args, "--json"]);
    expect(JSON.parse(stderr).fix).toContain(fix);
  });

  it("starts nothing by any of them", async () => {
    await expect(project.backstep(["list", "--json"])).resolves.toEqual({
      code: 0,
      stdout: "[]\n",
      stderr: "",
    });
  });

  it("exits with 4 at a second start with another input", async () => {
    const start = (sku: string) => [
      "start",
      "order",
      "--input",
      JSON.stringify({ orderId: "o-1", sku }),
      "--json",
    ];
    await expect(project.backstep(start("tea"))).resolves.toMatchObject({ code: 0 });
    const second = await project.backstep(start("coffee"));
    expect(second).toMatchObject({ code: 4, stdout: "" });
    expect(JSON.parse(second.stderr)).toMatchObject({ code: "START_CONFLICT" });
  });

  it("suggests what was meant", async () => {
    const { stderr } = await project.backstep(["start", "ordr", "--input", "{}"]);
    expect(stderr).toMatch(/^Error: There is no saga "ordr".* \[SAGA_UNKNOWN\]\nFix: Did you mean "order"\?/);
  });

  it.each([["list"], ["dev"], ["start", "order", "--input", "{}"]])(
    "leaves a file alone that is no store (%s)",
    async (...args) => {
      const text = "a diary, not a database";
      project.write("diary.db", text);
      const ended = await project.backstep([...args, "--store", "diary.db", "--json"]);
      expect(ended).toMatchObject({ code: 1, stdout: "" });
      expect(JSON.parse(ended.stderr)).toMatchObject({ code: "STORE_UNREADABLE" });
      expect(readFileSync(join(project.folder, "diary.db"), "utf8")).toBe(text);
    },
  );

  it("ends dev where the services cannot be opened", async () => {
    const { code, stderr } = await project.backstep(["dev"], { env: { SERVICES: "down" } });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /The services of backstep\.config\.ts cannot be opened: the services are down \(at .*:\d+:\d+\)\./,
    );
  });
});

describe("configurations", limit, () => {
  const projects: CliProject[] = [];
  const create = (files?: Readonly<Record<string, string>>): CliProject => {
    const project = createCliProject(files);
    projects.push(project);
    return project;
  };
  afterAll(() => Promise.all(projects.map((project) => project.remove())));

  const startTea = ["start", "order", "--input", '{"orderId":"o-1","sku":"tea"}'];

  function failure({ stderr }: Ended): Record<string, string> {
    return JSON.parse(stderr);
  }

  it.each(["dev", "list"])("%s without one exits with 3 and says what to create", async (command) => {
    const ended = await create().backstep([command, "--json"]);
    expect(ended).toMatchObject({ code: 3, stdout: "" });
    expect(failure(ended)).toMatchObject({
      code: "CONFIG_NOT_FOUND",
      fix: "Make a project with backstep init, or name a configuration with --config <file>.",
    });
  });

  it("names the line of a mistake, with its place in the source", async () => {
    const project = create({
      ...orderProject,
      "sagas/order.ts": orderProject["sagas/order.ts"].replace('name: "order"', 'name: "or der"'),
    });
    const wrong = await project.backstep([...startTea, "--json"]);
    expect(wrong.code).toBe(1);
    expect(failure(wrong)).toMatchObject({
      code: "DEFINITION_INVALID",
      message: expect.stringMatching(/"or der", at sagas\/order\.ts:\d+:\d+\.$/),
    });
    project.write(
      "sagas/order.ts",
      'interface Gone {}\nconst nothing = JSON.parse("null");\nnothing.name;\n',
    );
    project.write("backstep.config.ts", 'import "./sagas/order.js";');
    const thrown = await project.backstep([...startTea, "--json"]);
    expect(failure(thrown)).toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringMatching(/TypeError: .*\(at sagas\/order\.ts:3:9\)\.$/),
    });
  });

  it("list and show read the store without it, or with a broken one", async () => {
    const project = create(orderProject);
    await project.backstep(startTea);
    const whole = await project.backstep(["show", "order/o-1"]);
    expect(whole.stdout).toMatch(/^ship +notStarted$/m);
    project.write("backstep.config.ts", "export default ;");
    const broken = await project.backstep(["show", "order/o-1"]);
    expect(broken).toMatchObject({ code: 0, stdout: expect.not.stringContaining("ship") });
    expect(broken.stderr).toContain("Without the configuration, which cannot be loaded:");
    rmSync(join(project.folder, "backstep.config.ts"));
    const { code, stdout, stderr } = await project.backstep(["list", "--json"]);
    expect({ code, stderr, count: JSON.parse(stdout).length }).toEqual({ code: 0, stderr: "", count: 1 });
  });

  it("is found from a folder below, and its store lies beside it", async () => {
    const project = create(orderProject);
    const cwd = join(project.folder, "sagas");
    await expect(project.backstep(startTea, { cwd })).resolves.toMatchObject({ code: 0 });
    expect(existsSync(join(project.folder, ".backstep/local.db"))).toBe(true);
    expect(existsSync(join(cwd, ".backstep"))).toBe(false);
  });
});

describe("output", limit, () => {
  let project: CliProject;
  beforeAll(async () => {
    project = createCliProject(orderProject);
    project.write("big.json", JSON.stringify({ orderId: "o-big", sku: "x".repeat(300_000) }));
    await project.backstep(["start", "order", "--input", "@big.json"]);
  }, limit.timeout);
  afterAll(() => project.remove());

  it("is whole, however large", async () => {
    const { stdout } = await project.backstep(["show", "order/o-big", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ input: { sku: "x".repeat(300_000) } });
  });

  it("is coloured where it is forced to be, and plain in a pipe", async () => {
    const { stdout: plain } = await project.backstep(["list"]);
    const { stdout: forced } = await project.backstep(["list"], { env: { FORCE_COLOR: "1" } });
    const { stdout: none } = await project.backstep(["list"], { env: { FORCE_COLOR: "1", NO_COLOR: "1" } });
    const escapeCode = String.fromCharCode(27);
    expect([plain, forced, none].map((text) => text.includes(escapeCode))).toEqual([false, true, false]);
  });

  it("does without a reader that goes away", async () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's.
    const command = '"$0" "$1" show order/o-big --json | head -c 5; echo " ${PIPESTATUS[0]}"';
    const bin = new URL("../../bin/backstep.js", import.meta.url).pathname;
    const text = await new Promise<string>((resolve, reject) => {
      execFile(
        "bash",
        ["-c", command, process.execPath, bin],
        { cwd: project.folder },
        (error, stdout, stderr) => (error ? reject(error) : resolve(stdout + stderr)),
      );
    });
    expect(text).toBe('{\n  " 0\n');
  });

  it("of dev is one JSON value a line with --json", async () => {
    const dev = project.dev(["--json", "--store", "other.db"]);
    await dev.line(/^\{"notice":"Running order/);
    const args = ["start", "order", "--input", '{"orderId":"o-1","sku":"tea"}', "--store", "other.db"];
    await project.backstep(args);
    await dev.line(/"status":"waiting"/);
    const { stdout } = await dev.stop();
    const lines = stdout.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ n: 0, saga: "order", id: "o-1", what: "started: reserve started" }),
      expect.objectContaining({ n: 1, tookMs: expect.any(Number), status: "running" }),
      expect.objectContaining({ n: 2, status: "waiting" }),
    ]);
  });

  it("prints the version and help for every command without a configuration", async () => {
    const bare = createCliProject();
    await expect(bare.backstep(["--version"])).resolves.toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
    await expect(bare.backstep(["show", "--help"])).resolves.toMatchObject({
      code: 0,
      stdout: expect.stringContaining("$ backstep show order/o-42 --journal"),
    });
    await bare.remove();
  });
});
