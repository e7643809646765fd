import { existsSync } from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type CliProject, createCliProject } from "../../e2e/cli-project.js";
import { runInProcess } from "../../e2e/run-in-process.js";
import { type EngineProject, openEngineProject } from "./engine-project.js";
import { parkingProject } from "./parking-project.js";

const words = (line: string) => line.split(" ");

/** What looks at all there is. */
const looks = [
  ...words("list stuck doctor audit dlq"),
  ...["timers list", "quarantine list", "lanes list", "backlog --over 1s"],
].map(words);

/** What looks at one instance. */
const looksAtOne = ["show", "doctor", "audit", "mailbox", "pull", "timers list", "history export"].map(
  (verb) => words(`${verb} order/o-1`),
);

/** What changes one instance. */
const changesOne = [
  "retry order/o-1",
  "resolve order/o-1 reserve",
  "waive order/o-1 reserve --reason why --yes",
  "replay order/o-1",
  "pause order/o-1",
  "resume order/o-1",
  "shed order/o-1 --yes",
  "cancel order/o-1",
  "terminate order/o-1 --reason why --yes",
].map(words);

/** What changes messages and timers, for which an operator is opened first. */
const changesOther = [
  ["timers fire order/o-1 payment", "INSTANCE_UNKNOWN"],
  ["quarantine requeue d-1", "MESSAGE_UNKNOWN"],
  ["quarantine drop d-1 --reason why --yes", "MESSAGE_UNKNOWN"],
  ["dlq redrive d-1", "MESSAGE_UNKNOWN"],
].map(([line = "", code = ""]) => [words(line), code] as const);

const bulk = words("retry --saga order --yes");
const all = [...looks, ...looksAtOne, ...changesOne, ...changesOther.map(([args]) => args), bulk];

describe("where there is nothing to operate", () => {
  let project: CliProject | undefined;

  afterEach(() => project?.remove());

  /** Runs it in a new project. @returns exit code and code of the error, and whether a file was made */
  async function inProject(files: Readonly<Record<string, string>>, args: readonly string[]) {
    project = createCliProject(files);
    const { code, out, err } = await runInProcess(project, [...args, "--json"]);
    const made = ["other.db", ".backstep"].filter((name) => existsSync(join(project?.folder ?? "", name)));
    const error = code > 1 || out === "" ? (JSON.parse(err) as { code: string }).code : undefined;
    return { code, error, made };
  }

  it.each([...looks, bulk].map((args) => [args]))("%j finds nothing, and makes no store", async (args) => {
    expect(await inProject(parkingProject, args)).toEqual({ code: 0, error: undefined, made: [] });
  });

  it.each([
    ...[...looksAtOne, ...changesOne].map((args) => [args, "INSTANCE_UNKNOWN"] as const),
    ...changesOther,
  ])("%j exits with 3 and %s, and makes no store", async (args, error) => {
    expect(await inProject(parkingProject, args)).toEqual({ code: 3, error, made: [] });
  });

  it.each([
    ["list --saga ordr", 'No saga "ordr" is declared. Did you mean "order"?'],
    ["stuck --step reserv", 'No step "reserv" is declared. Did you mean "reserve"?'],
    ["retry --saga nothing --dry-run", 'No saga "nothing" is declared.'],
  ])("%s says that nothing of that name is declared", async (line, said) => {
    project = createCliProject(parkingProject);
    const { code, err } = await runInProcess(project, words(line));
    expect({ code, err: err.trim() }).toEqual({ code: 0, err: said });
  });

  it.each(all.map((args) => [args]))("%j names the store that is not there, and makes none", async (args) => {
    const named = await inProject(parkingProject, [...args, "--store", "other.db"]);
    expect(named).toEqual({ code: 1, error: "STORE_UNREADABLE", made: [] });
  });

  it.each(all.map((args) => [args]))("%j names the stage that nobody has deployed", async (args) => {
    const named = await inProject(parkingProject, [...args, "--stage", "nowhere"]);
    expect(named).toEqual({ code: 3, error: "STAGE_UNKNOWN", made: [] });
  });

  it.each(all.map((args) => [args]))("%j exits with 3 where there is no project", async (args) => {
    expect(await inProject({}, args)).toEqual({ code: 3, error: "CONFIG_NOT_FOUND", made: [] });
  });

  it.each([...changesOne, bulk].map((args) => [args]))(
    "%j needs a configuration that loads",
    async (args) => {
      const broken = { "backstep.config.ts": `throw new Error("no");` };
      expect(await inProject(broken, args)).toEqual({ code: 1, error: "CONFIG_INVALID", made: [] });
    },
  );
});

describe("what cannot be meant", () => {
  let project: EngineProject;

  beforeAll(async () => {
    project = await openEngineProject(parkingProject);
    const { client } = project.engine;
    await client.start("refund", { orderId: "parked", sku: "broken" });
    await client.start("refund", { orderId: "done", sku: "tea" });
    await client.start("order", { orderId: "waiting", sku: "tea" });
    await project.engine.idle();
    await project.engine.stop();
  });
  afterAll(() => project.remove());

  /** Every row of the store. */
  function rows(): unknown {
    const database = new Database(join(project.folder, ".backstep/local.db"), { readonly: true });
    try {
      const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all();
      return tables.map((name) => [name, database.prepare(`SELECT * FROM ${String(name)}`).all()]);
    } finally {
      database.close();
    }
  }

  const terminate = ["terminate", "--reason", "why", "--yes"];
  const huge = "9".repeat(400);

  it.each([
    [[...terminate, "--error", ""], 2, "The --error is empty."],
    [[...terminate, "--saga", " "], 2, "The --saga is empty."],
    [[...terminate, "--step", ""], 2, "The --step is empty."],
    [[...terminate, "--status", ""], 2, '"" is not a status.'],
    [[...terminate, "--tag", ""], 2, '"" is no tag.'],
    [[...terminate, "--tag", "=x"], 2, '"=x" is no tag.'],
    [[...terminate, "--tag", "sku="], 2, '"sku=" is no tag.'],
    [[...terminate, "--since", "tomorrow"], 2, '"tomorrow" is neither a duration nor a time.'],
    [["terminate", "", "--reason", "why", "--yes"], 2, '"" does not name an instance.'],
    [["terminate", "/parked", "--reason", "why", "--yes"], 2, '"/parked" does not name an instance.'],
    [["terminate", "refund/a b", "--reason", "why", "--yes"], 3, 'no instance "refund/a b"'],
    [["retry", "refund/parked", ""], 4, 'has no step ""'],
    [["retry", "refund/parked", "capture", "ship"], 2, 'Too many arguments for "retry"'],
    [["retry", "--saga", "refund", "--rate", huge], 2, "is no rate."],
    [["retry", "--saga", "refund", "--rate", `${huge}/s`], 2, "is no rate."],
    [["retry", "--saga", "refund", "--concurrency", huge], 2, "is no concurrency."],
    [["retry", "--continue", "../../package"], 3, 'There is no run "../../package"'],
    [["list", "--limit", "0"], 2, '"0" is not a limit.'],
    [["stuck", "--limit", huge], 2, "is not a limit."],
    [["stuck", "--older-than", "x"], 2, '"x" is no duration.'],
    [["doctor", "refund"], 2, '"refund" does not name an instance.'],
    [["doctor", "refund/nobody", "--fix"], 3, 'There is no instance "refund/nobody".'],
    [["audit", "--since", "tomorrow", "--fix"], 2, '"tomorrow" is neither a duration nor a time.'],
    [["audit", "refund/nobody", "--fix"], 3, 'There is no instance "refund/nobody".'],
    [["timers", "mvoe"], 2, '"mvoe" is nothing that it does.'],
    [["timers", "list", "--limit", "0"], 2, '"0" is not a limit.'],
    [
      ["timers", "move", "order/waiting", "payment", "--by", `${huge}d`],
      2,
      "No calendar goes as far as that.",
    ],
    [["timers", "move", "order/waiting", "payment", "--by", `-${huge}d`], 2, " ago."],
    [["timers", "move", "order/waiting", "payment", "--to", "yesterday"], 2, '"yesterday" is neither'],
    [["timers", "move", "order/waiting", "payment", "--by", "x"], 2, '"x" is not a duration.'],
    [["quarantine", "drop", "--yes"], 2, '"quarantine drop" needs a message.'],
    [["quarantine", "show", ""], 3, 'No message "" is kept.'],
    [["quarantine", "lst"], 2, '"lst" is nothing that it does.'],
    [["dlq", "redrive", "--error", "", "--yes"], 2, "The --error is empty."],
    [["dlq", "redrive"], 2, "Either dead letters or filters say what is meant."],
    [["lanes", "set", "", "--concurrency", "4"], 3, 'No step runs in a lane ""'],
    [["lanes", "set", "main", "--concurrency", huge], 2, "is no number of events."],
    [["backlog", "--over", `${huge}d`], 2, "Rates cannot be measured"],
    [["mailbox", "refund/nobody"], 3, 'There is no instance "refund/nobody"'],
    [["history", "export", "--out", "x.jsonl"], 2, "Nothing says what to export."],
    [["history", "export", "refund/done", "--out", ""], 2, "The --out is empty."],
    [["history", "import", "nothing.jsonl"], 2, 'The file "nothing.jsonl" cannot be read'],
    [["history", "import", "a.jsonl", "b.jsonl"], 2, "An import reads one file."],
    [["try", "refund/parked", "--from", "capture"], 2, "are for a replay."],
    [["try", "refund/parked", "--replay", "--from", "captrue"], 4, 'has no step "captrue"'],
    [["pull", "refund/nobody"], 3, 'There is no instance "refund/nobody".'],
    [["resolve", "refund/parked", "capture", "--output", "@nothing.json"], 2, 'no file "nothing.json"'],
  ])("%j exits with %i, says what is wrong, and writes nothing", async (args, code, message) => {
    const before = rows();
    const said = await project.run(...args, "--json");
    expect(said).toMatchObject({ code, out: "", asked: "" });
    expect(JSON.parse(said.err)).toEqual({
      code: expect.any(String),
      message: expect.stringContaining(message),
      fix: expect.stringMatching(/[.']$/),
    });
    expect(rows()).toEqual(before);
  });

  it("a time before all times is the beginning of all", async () => {
    const heads = await project.json(0, "list", "--since", `${huge}d`);
    expect(heads).toHaveLength(3);
    const dry = await project.json(0, ...terminate, "--since", `${huge}d`, "--dry-run");
    expect(dry).toMatchObject({ total: 2, isDryRun: true });
  });
});
