import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStoreDatabase } from "../../../src/local/local-database.js";
import { LocalSagaStore } from "../../../src/local/local-saga-store.js";
import { type EngineProject, openEngineProject } from "./engine-project.js";
import { parkingProject } from "./parking-project.js";

let project: EngineProject;

beforeAll(async () => {
  project = await openEngineProject(parkingProject);
  for (const sku of ["stuck", "broken", "tea"]) {
    for (const n of [1, 2, 3]) await project.engine.client.start("refund", { orderId: `${sku}-${n}`, sku });
  }
  for (const n of [1, 2, 3, 4]) await project.engine.client.start("order", { orderId: `o-${n}`, sku: "tea" });
  await project.engine.idle();
});
afterAll(() => project.remove());

async function reached(name: string, status: string): Promise<void> {
  const said = await project.run("wait", name, "--for", status, "--timeout", "20s");
  expect(said).toMatchObject({ code: 0, err: "" });
}

const list = async (...args: string[]) =>
  ((await project.json(0, "list", ...args)) as { id: string }[]).map(({ id }) => id).sort();

async function commands(saga: string, id: string): Promise<(string | undefined)[]> {
  const { entries } = await project.engine.client.get({ saga, id });
  return entries.filter(({ cause }) => cause.kind === "command").map(({ cause }) => cause.command);
}

const runsFolder = () => join(project.folder, ".backstep/runs");
const records = () =>
  readdirSync(runsFolder()).map((name) => JSON.parse(readFileSync(join(runsFolder(), name), "utf8")));

describe("list", () => {
  it.each([
    [
      ["--step", "capture", "--tag", "sku=broken"],
      ["broken-1", "broken-2", "broken-3"],
    ],
    [
      ["--status", "parked", "--error", "NO SUCCESS", "--tag", "sku=stuck"],
      ["stuck-1", "stuck-2", "stuck-3"],
    ],
    [["--until", "2000-01-01"], []],
    [
      ["--saga", "order", "--tag", "sku"],
      ["o-1", "o-2", "o-3", "o-4"],
    ],
  ])("finds what fits %j", async (args, ids) => {
    await expect(list(...args)).resolves.toEqual(ids);
  });
});

describe("a command to many", () => {
  it("--dry-run counts what fits, and changes nothing", async () => {
    const said = await project.run("retry", "--saga", "refund", "--dry-run");
    expect(said).toMatchObject({ code: 0, err: "", asked: "" });
    expect(said.out).toMatch(/^retry is about 6 instances: 6 refund\. Nothing was changed\.\n/);
    expect(said.out).toMatch(/COUNT +STEP\n +6 +capture\n/);
    const counted = await project.json(0, "retry", "--saga", "refund", "--dry-run");
    expect(counted).toMatchObject({
      isDryRun: true,
      total: 6,
      applied: 0,
      byStep: [{ what: "capture", count: 6 }],
    });
    expect((counted as { sample: unknown[] }).sample).toHaveLength(5);
    await expect(commands("refund", "stuck-1")).resolves.toEqual([]);
  });

  it("asks with verb and count, and does nothing where the answer is no", async () => {
    const said = await project.answering("n", "retry", "--tag", "sku=stuck");
    expect(said).toMatchObject({ code: 1, out: "Nothing changed.\n" });
    expect(said.asked).toBe("Retry 3 instances: 3 refund? [y/N] ");
    await expect(commands("refund", "stuck-1")).resolves.toEqual([]);
  });

  it("names what cannot be read, before it asks and with --dry-run", async () => {
    const database = openStoreDatabase(join(project.folder, ".backstep/local.db"), {});
    const store = new LocalSagaStore(database);
    const some = "saga = 'order' AND id < 'o-3'";
    await store.run(`UPDATE backstep_instances SET origin = '?' || origin WHERE ${some}`, []);
    const edited = "cannot be read: somebody has edited it. Undo the edit, or restore a backup.";
    const err = ["o-2", "o-1"].map((id) => `order/${id} ${edited}\n`).join("");
    const dry = await project.run("pause", "--saga", "order", "--dry-run");
    expect(dry).toMatchObject({ code: 0, err });
    expect(dry.out).toMatch(/^pause is about 2 instances: 2 order\./);
    const asked = await project.answering("n", "pause", "--saga", "order");
    expect(asked).toMatchObject({ code: 1, err, asked: "Pause 2 instances: 2 order? [y/N] " });
    await store.run(`UPDATE backstep_instances SET origin = substr(origin, 2) WHERE ${some}`, []);
    await store.run("UPDATE backstep_instances SET origin = '?' || origin", []);
    const all = await project.run("pause", "--since", "1h", "--dry-run");
    expect(all).toMatchObject({ code: 0, out: "No instance fits.\n" });
    const said = all.err.trimEnd().split("\n");
    expect(said).toHaveLength(11);
    expect([said[9], said[10]]).toEqual([expect.stringContaining(edited), "And 3 more cannot be read."]);
    await store.run("UPDATE backstep_instances SET origin = substr(origin, 2)", []);
    await store.close();
  });

  it("is given once to each that fits, and to no other", async () => {
    const answer = await project.json(0, "retry", "--tag", "sku=stuck", "--yes", "--reason", "back");
    expect(answer).toMatchObject({
      total: 3,
      applied: 3,
      refused: 0,
      failed: 0,
      isDone: true,
      continue: null,
    });
    for (const n of [1, 2, 3]) {
      await reached(`refund/stuck-${n}`, "completed");
      await expect(commands("refund", `stuck-${n}`)).resolves.toEqual(["retry"]);
      await expect(commands("refund", `broken-${n}`)).resolves.toEqual([]);
    }
  });

  it("settles a step of many with one output", async () => {
    const args = ["resolve", "--step", "capture", "--tag", "sku=broken", "--output", '{"captureId":"c"}'];
    await expect(project.json(0, ...args, "--yes")).resolves.toMatchObject({ applied: 3 });
    await reached("refund/broken-2", "completed");
  });

  it("says who refused and why, and exits with 1", async () => {
    const args = ["replay", "--saga", "refund", "--status", "completed", "--tag", "sku=tea", "--yes"];
    const said = await project.run(...args);
    expect(said.code).toBe(1);
    expect(said.out).toMatch(/^replay: 0 applied, 3 refused \(.*\/s\)\n/);
    expect(said.out).toContain('  refund/tea-1: "refund/tea-1" has nothing left to run.\n');
  });

  it("pauses what has not ended, and resumes what is paused", async () => {
    await expect(project.json(0, "pause", "--since", "1h", "--yes")).resolves.toMatchObject({ applied: 4 });
    await expect(list("--status", "paused")).resolves.toEqual(["o-1", "o-2", "o-3", "o-4"]);
    await expect(project.json(0, "resume", "--saga", "order", "--yes")).resolves.toMatchObject({
      applied: 4,
    });
  });

  it("sheds what is old, and replay --status shed takes it up again", async () => {
    const old = await project.json(0, "shed", "--saga", "order", "--older-than", "1h", "--yes");
    expect(old).toMatchObject({ total: 0 });
    const all = await project.json(0, "shed", "--saga", "order", "--older-than", "0s", "--yes");
    expect(all).toMatchObject({ applied: 4 });
    await expect(list("--status", "shed")).resolves.toHaveLength(4);
    const again = await project.json(0, "replay", "--status", "shed", "--yes");
    expect(again).toMatchObject({ applied: 4, isDone: true });
    await reached("order/o-1", "waiting");
  });

  it("goes on with a run under its name, and does nothing twice", async () => {
    await project.json(0, "pause", "--saga", "order", "--yes", "--concurrency", "1");
    const record = records().find(({ verb, where }) => verb === "pause" && where.saga === "order");
    expect(record).toMatchObject({
      endedAt: expect.any(String),
      counts: { applied: 4 },
      command: { kind: "pause" },
    });
    await project.run("resume", "order/o-1");
    const file = join(runsFolder(), `${record.run}.json`);
    writeFileSync(file, JSON.stringify({ ...record, endedAt: null }));
    const again = await project.json(0, "pause", "--continue", "--yes");
    expect(again).toMatchObject({
      run: record.run,
      applied: 0,
      unchanged: 4,
      appliedBefore: 4,
      isDone: true,
    });
    await expect(commands("order", "o-1")).resolves.toEqual(expect.arrayContaining(["pause", "resume"]));
    expect((await project.engine.client.get({ saga: "order", id: "o-1" })).state.held).toBeUndefined();
    await expect(project.run("pause", "--continue")).resolves.toMatchObject({ code: 3 });
  });

  it("has done with a run that was broken off behind its last instance", async () => {
    const [done] = records().filter(({ verb }) => verb === "resume");
    const file = join(runsFolder(), `${done.run}.json`);
    writeFileSync(file, JSON.stringify({ ...done, where: { saga: "none" }, endedAt: null }));
    await expect(project.json(0, "resume", "--continue", "--dry-run")).resolves.toMatchObject({ total: 0 });
    await expect(project.json(0, "resume", "--continue")).resolves.toMatchObject({ total: 0 });
    await expect(project.run("resume", "--continue")).resolves.toMatchObject({ code: 3 });
  });

  it("cancels and terminates many", async () => {
    await expect(
      project.json(0, "cancel", "--saga", "order", "--until", "0s", "--yes"),
    ).resolves.toMatchObject({
      applied: 4,
    });
    await reached("order/o-4", "compensated");
    const none = await project.run("terminate", "--saga", "order", "--reason", "x", "--yes");
    expect(none).toMatchObject({ code: 0, out: "No instance fits.\n" });
  });
});
