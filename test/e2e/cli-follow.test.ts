import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CliProject, createCliProject, type Dev, type Ended } from "./cli-project.js";
import { orderProject } from "./cli-sagas.js";

const limit = { timeout: 20_000 };

let project: CliProject;
let dev: Dev;

const input = (orderId: string, sku = "tea") => JSON.stringify({ orderId, sku });
const start = (id: string, sku?: string) => project.backstep(["start", "order", "--input", input(id, sku)]);
const pay = (orderId: string) =>
  project.backstep(["signal", "payment.received", "--payload", JSON.stringify({ orderId, cents: 4 })]);

async function startWaiting(id: string, sku?: string): Promise<void> {
  await start(id, sku);
  await dev.line(new RegExp(`order/${id} +waiting`));
}

/** The transitions of one instance in what a `tail --json` wrote: `<n> <status>`. */
function transitions({ stdout }: Ended, id: string): string[] {
  const lines = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { id: string; n: number; status: string });
  return lines.filter((line) => line.id === id).map(({ n, status }) => `${n} ${status}`);
}

beforeAll(async () => {
  project = createCliProject(orderProject);
  dev = project.dev();
  await dev.line(/^Running order/);
}, limit.timeout);

afterAll(async () => {
  await project.remove();
});

describe("backstep tail", limit, () => {
  it("shows every transition of another process, also those of commands, until Ctrl+C", async () => {
    const tail = project.follow(["tail", "--json"]);
    await tail.line(/Following/);
    await start("t-1");
    await tail.line(/"t-1".*"waiting"/);
    await project.backstep(["terminate", "order/t-1", "--reason", "by hand", "--yes"]);
    await tail.line(/"t-1".*terminate by .*by hand/);
    await start("t-2", "flaky");
    await tail.line(/"t-2".*"waiting"/);
    await pay("t-2");
    await tail.line(/"t-2".*"completed"/);
    const ended = await tail.stop();
    expect(ended.code).toBe(0);
    expect(transitions(ended, "t-1")).toEqual(["0 running", "1 running", "2 waiting", "3 terminated"]);
    expect(transitions(ended, "t-2")).toEqual([
      ...["0 running", "1 running", "2 running", "3 running", "4 waiting"],
      ...["5 running", "6 running", "7 completed"],
    ]);
  });

  it("shows the lines that dev shows, of what is asked for, and begins earlier if told to", async () => {
    await startWaiting("t-3");
    await startWaiting("t-4");
    const args = ["tail", "order/t-3", "order/t-none", "--saga", "order", "--status", "waiting"];
    const tail = project.follow([...args, "--since", "1h"]);
    const line = await tail.line(/order\/t-3/);
    await tail.line(/order\/t-none was not started yet: it is shown as soon as it is/);
    const { code, stdout } = await tail.stop();
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${line}\n` });
    await expect(dev.line(/order\/t-3 +waiting/)).resolves.toBe(line);
  });

  it("ends with 0 when its reader goes away", async () => {
    await startWaiting("t-5");
    const bin = join(import.meta.dirname, "../../bin/backstep.js");
    const command = `node "${bin}" tail --since 1h | head -n 1; echo "\${PIPESTATUS[0]}"`;
    const shell = spawn("bash", ["-c", command], { cwd: project.folder });
    let stdout = "";
    shell.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    const closed = new Promise((resolve) => shell.on("close", resolve));
    await startWaiting("t-6");
    await start("t-7");
    await closed;
    expect(stdout).toMatch(/^.*order\/t-1 .*\n0\n$/);
  });
});

describe("backstep wait", limit, () => {
  it("comes back when the instance has ended, and tells how", async () => {
    await startWaiting("w-1");
    const waiting = project.backstep(["wait", "order/w-1", "--json"]);
    await pay("w-1");
    const { code, stdout } = await waiting;
    expect({ code, ...JSON.parse(stdout) }).toEqual({
      code: 0,
      saga: "order",
      id: "w-1",
      version: 1,
      status: "completed",
      reason: null,
      startedAt: expect.stringMatching(/Z$/),
      updatedAt: expect.stringMatching(/Z$/),
      step: null,
      reached: true,
      problem: null,
      fix: null,
    });
  });

  it("comes back when the instance has a status, and exits with 1 once it can never have it", async () => {
    await start("w-2");
    const reached = await project.backstep(["wait", "order/w-2", "--for", "waiting"]);
    expect(reached).toEqual({ code: 0, stdout: "order/w-2 is waiting\n", stderr: "" });
    const waiting = project.backstep(["wait", "order/w-2", "--for", "completed"]);
    await project.backstep(["cancel", "order/w-2"]);
    const { code, stdout } = await waiting;
    expect(code).toBe(1);
    expect(stdout).toBe(
      "order/w-2 is compensated: cancelled\nNot reached: it can never be completed.\n" +
        "Fix: See what became of it: backstep show order/w-2.\n",
    );
  });

  it("exits with 1 when the time is over, and at once where the instance is parked", async () => {
    await startWaiting("w-3", "sticky");
    const late = await project.backstep(["wait", "order/w-3", "--timeout", "50ms"]);
    expect(late).toMatchObject({ code: 1 });
    expect(late.stdout).toContain("order/w-3 is waiting\nNot reached: it has not ended after 50ms.\n");
    const waiting = project.backstep(["wait", "order/w-3"]);
    await project.backstep(["cancel", "order/w-3"]);
    const { code, stdout } = await waiting;
    expect(code).toBe(1);
    expect(stdout).toMatch(/^order\/w-3 is parked: reserve: no success in 2 attempts/);
    expect(stdout).toContain("Fix: See what it needs: backstep show order/w-3 --journal.");
    await expect(project.backstep(["wait", "order/w-3", "--for", "parked"])).resolves.toMatchObject({
      code: 0,
    });
  });
});

describe("backstep terminate", limit, () => {
  it("ends an instance, compensates nothing, and says what stays", async () => {
    await startWaiting("x-1");
    const args = ["terminate", "order/x-1", "--reason", "refunded by hand", "--yes"];
    const { code, stdout } = await project.backstep(args);
    expect(code).toBe(0);
    expect(stdout).toBe(
      "order/x-1 is now terminated. Nothing is compensated: reserve, check stay done. " +
        "See backstep show order/x-1\n",
    );
    const shown = JSON.parse((await project.backstep(["show", "order/x-1", "--json"])).stdout);
    expect(shown).toMatchObject({
      status: "terminated",
      reason: "refunded by hand",
      steps: { reserve: { state: "done" }, payment: { state: "waived" } },
    });
    const again = await project.backstep(args);
    expect(again).toMatchObject({ code: 4, stdout: "" });
    expect(again.stderr).toContain('"order/x-1" is terminated already.');
  });

  it("refuses to act without a terminal to ask on, and says what to add", async () => {
    await startWaiting("x-2");
    const ended = await project.backstep(["terminate", "order/x-2", "--reason", "why not"]);
    expect(ended).toMatchObject({ code: 2, stdout: "" });
    expect(ended.stderr).toContain("Fix: Add --yes.");
    await expect(project.backstep(["wait", "order/x-2", "--for", "waiting"])).resolves.toMatchObject({
      code: 0,
    });
  });
});

describe("backstep sagas and backstep diagram", limit, () => {
  it("sagas shows every step with its kind and its way back, and opens nothing", async () => {
    const { code, stdout } = await project.backstep(["sagas"], { env: { SERVICES: "down" } });
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        "order  version 1; deadline 2h",
        "STEP     KIND   BACK        TIMEOUT  ATTEMPTS  LANE  NOTE",
        "reserve         compensate  10s             5  main",
        "check           none        10s             5  main",
        "payment  wait   none                           main  payment.received, at most 30m, then goes back",
        "capture  pivot              10s             5  main  point of no return",
        "ship                        10s             5  main",
        "",
      ].join("\n"),
    );
    const [saga] = JSON.parse((await project.backstep(["sagas", "--json"])).stdout);
    expect(saga).toMatchObject({ saga: "order", version: 1, deadlineMs: 7_200_000, hasOutput: true });
    expect(saga.steps[0]).toMatchObject({
      kind: "step",
      name: "reserve",
      compensation: "handler",
      lane: "main",
      timeoutMs: 10_000,
      retry: { attempts: 5, initialMs: 1_000 },
    });
  });

  it("diagram writes Mermaid to stdout, and SVG into a file", async () => {
    const mermaid = await project.backstep(["diagram", "order"]);
    expect(mermaid).toMatchObject({ code: 0, stderr: "" });
    expect(mermaid.stdout).toMatch(/^flowchart TD\n {2}n0\(\["order, version 1<br\/>deadline 2h"\]\)\n/);
    const svg = await project.backstep(["diagram", "order@1", "--format", "svg", "--out", "order.svg"]);
    expect(svg).toEqual({ code: 0, stdout: "Wrote order.svg.\n", stderr: "" });
    expect(readFileSync(join(project.folder, "order.svg"), "utf8")).toMatch(
      /<svg [\s\S]*PIVOT[\s\S]*<\/svg>\n$/,
    );
    const { stdout } = await project.backstep(["diagram", "order", "--json"]);
    const { diagram, ...facts } = JSON.parse(stdout);
    expect(facts).toEqual({ saga: "order", version: 1, format: "mermaid", file: null });
    expect(`${diagram}\n`).toBe(mermaid.stdout);
  });
});
