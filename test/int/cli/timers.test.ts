import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { orderProject } from "../../e2e/cli-sagas.js";
import { type EngineProject, openEngineProject } from "./engine-project.js";

let project: EngineProject;

const minutes = 60_000;

interface Row {
  readonly step: string | null;
  readonly kind: string;
  readonly inMs: number;
}

async function startWaiting(orderId: string): Promise<void> {
  await project.engine.client.start("order", { orderId, sku: "tea" });
  await project.engine.idle();
}

const instance = (id: string) => project.engine.client.get({ saga: "order", id });
const listed = async (...names: string[]) =>
  (await project.json(0, "timers", "list", ...names)) as readonly Row[];

beforeAll(async () => {
  project = await openEngineProject(orderProject);
});
afterAll(() => project.remove());

describe("timers list", () => {
  it("tells what an instance waits for, the earliest first", async () => {
    await startWaiting("l-1");
    const rows = await listed("order/l-1");
    expect(rows).toMatchObject([
      { id: "l-1", status: "waiting", step: "payment", kind: "wait", canMove: true, canCancel: true },
      { id: "l-1", status: "waiting", step: null, kind: "deadline", canMove: false, attempt: null },
    ]);
    expect(rows[0]?.inMs).toBeGreaterThan(29 * minutes);
    expect(rows[1]?.inMs).toBeGreaterThan(119 * minutes);
    expect((await project.run("timers", "list", "order/l-1")).out).toMatch(/payment +wait +.* in 29m 5\ds/);
  });

  it("tells the next one of each instance, and that there are more", async () => {
    await startWaiting("l-2");
    const names = (await listed()).map((row) => `${Reflect.get(row, "id")} ${row.step}`);
    expect(names).toEqual(expect.arrayContaining(["l-1 payment", "l-2 payment"]));
    expect(new Set(names).size).toBe(names.length);
    const cut = await project.run("timers", "list", "--limit", "1", "--json");
    expect(JSON.parse(cut.out)).toHaveLength(1);
    expect(cut.err).toContain("There are more than 1");
  });
});

describe("timers move", () => {
  it("moves a timer by a length of time, later and earlier, and says who did it", async () => {
    await startWaiting("m-1");
    const dueAt = (await instance("m-1")).state.open.payment?.dueAt ?? 0;
    const later = await project.json(0, "timers", "move", "order/m-1", "payment", "--by", "1h30m");
    expect(later).toMatchObject({ applied: true, dueAt: new Date(dueAt + 90 * minutes).toISOString() });
    await project.json(0, "timers", "move", "order/m-1", "payment", "--by", "-100m", "--as", "anna");
    const { state, entries } = await instance("m-1");
    expect(state.open.payment?.dueAt).toBe(dueAt - 10 * minutes);
    expect(entries.at(-1)?.cause).toMatchObject({ command: "moveTimer", actor: { user: "anna" } });
  });

  it("moves a timer to a time", async () => {
    await startWaiting("m-2");
    const moved = await project.run("timers", "move", "order/m-2", "payment", "--to", "2999-01-01T00:00Z");
    expect(moved).toMatchObject({ code: 0 });
    expect((await instance("m-2")).state.open.payment?.dueAt).toBe(Date.parse("2999-01-01T00:00Z"));
  });
});

describe("timers fire", () => {
  it("lets a wait time out at once", async () => {
    await startWaiting("f-1");
    const fired = await project.run("timers", "fire", "order/f-1", "payment", "--reason", "no money comes");
    expect(fired).toMatchObject({
      code: 0,
      out: expect.stringContaining("payment of order/f-1 is due now."),
    });
    expect(await project.run("wait", "order/f-1", "--timeout", "10s")).toMatchObject({ code: 0 });
    expect((await instance("f-1")).state.ended?.status).toBe("compensated");
  });
});

describe("timers cancel", () => {
  it("asks, and then lets a wait take as long as it takes", async () => {
    await startWaiting("c-1");
    const no = await project.answering("n", "timers", "cancel", "order/c-1", "payment");
    expect(no).toMatchObject({ code: 1, out: expect.stringMatching(/^Nothing changed/) });
    expect(no.asked).toContain("Cancel the timer of payment in order/c-1?");
    const { entries } = await instance("c-1");
    await project.json(0, "timers", "cancel", "order/c-1", "payment", "--yes");
    const after = await instance("c-1");
    expect(after.entries).toHaveLength(entries.length + 1);
    expect(after.state.open.payment?.dueAt).toBeUndefined();
    expect(await listed("order/c-1")).toMatchObject([
      { kind: "deadline" },
      { step: "payment", dueAt: null, inMs: null },
    ]);
  });
});

describe("what cannot be done with timers", () => {
  it.each([
    [["list", "order/nobody"], 3, "INSTANCE_UNKNOWN"],
    [["list", "order/e-1", "payment"], 2, "Leave the step out."],
    [["stop", "order/e-1", "payment"], 2, "Use one of list, move, fire, cancel."],
    [["fire", "order/e-1"], 2, "needs an instance and a step"],
    [["fire", "order/nobody", "payment"], 3, "INSTANCE_UNKNOWN"],
    [["fire", "order/e-1", "paymet"], 4, "Name one that it has: payment (due "],
    [["fire", "order/e-1", "reserve"], 4, 'has no timer at "reserve"'],
    [["move", "order/e-1", "payment"], 2, "One of --to and --by says to when."],
    [["move", "order/e-1", "payment", "--to", "2h"], 2, "Write --by 2h"],
    [
      ["move", "order/e-1", "payment", "--to", "2020-01-01"],
      2,
      "or fire it: backstep timers fire order/e-1 payment.",
    ],
    [["move", "order/e-1", "payment", "--by", "-31m"], 2, "Name a time to come"],
    [["move", "order/e-1", "payment", "--by", "soon"], 2, '"soon" is not a duration.'],
    [["move", "order/e-1", "payment", "--by", `${"9".repeat(20)}d`], 2, "before the year 10000."],
    [["cancel", "order/e-1", "payment"], 2, "Add --yes."],
    [["fire", "order/e-2", "payment"], 4, "is compensated and has no timer"],
  ])("%j exits with %i and writes nothing", async (args, code, text) => {
    await startWaiting("e-1");
    await project.engine.client.start("order", { orderId: "e-2", sku: "gone" });
    await project.engine.idle();
    const before = await instance("e-1");
    const said = await project.run("timers", ...args);
    expect(said).toMatchObject({ code, out: "" });
    expect(said.err).toContain(text);
    const after = await instance("e-1");
    expect([after.entries.length, after.head.rev]).toEqual([before.entries.length, before.head.rev]);
  });
});
