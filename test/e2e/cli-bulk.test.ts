import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type EngineProject, openEngineProject } from "../int/cli/engine-project.js";
import { parkingProject } from "../int/cli/parking-project.js";

const bin = fileURLToPath(new URL("../../bin/backstep.js", import.meta.url));
const instances = 10_000;
const batch = 1_000;

let project: EngineProject;

/** Runs a command as a process of its own, and sends a signal once stderr matches. */
function spawned(args: readonly string[], signal?: NodeJS.Signals, at = /\d of 10,000, /) {
  const child = spawn(process.execPath, [bin, ...args], { cwd: project.folder });
  const said = { out: "", err: "", memoryMb: 0 };
  let isSignalled = false;
  child.stdout.on("data", (text) => {
    said.out += text;
  });
  child.stderr.on("data", (text) => {
    said.err += text;
    said.memoryMb = Math.max(said.memoryMb, peakMb(child.pid ?? 0));
    if (signal === undefined || isSignalled || !at.test(said.err)) return;
    isSignalled = true;
    child.kill(signal);
  });
  return new Promise<typeof said & { code: number | null }>((resolve) => {
    child.on("close", (code) => resolve({ code, ...said }));
  });
}

/** The most memory that a process ever had; 0 where the system does not tell. */
function peakMb(pid: number): number {
  try {
    const [, kb] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return Math.round(Number(kb ?? 0) / 1_024);
  } catch {
    return 0;
  }
}

/** How many journals have so many replays. */
async function replays(): Promise<Record<number, number>> {
  const found: Record<number, number> = {};
  for (let n = 0; n < instances; n += 1) {
    const { entries } = await project.engine.client.get({ saga: "refund", id: `b-${n}` });
    const count = entries.filter(({ cause }) => cause.command === "replay").length;
    found[count] = (found[count] ?? 0) + 1;
  }
  return found;
}

describe(`replay of ${instances} parked instances`, { timeout: 60_000 }, () => {
  beforeAll(async () => {
    project = await openEngineProject(parkingProject);
    for (let from = 0; from < instances; from += batch) {
      const starts = Array.from({ length: batch }, (_, at) =>
        project.engine.client.start("refund", { orderId: `b-${from + at}`, sku: "broken" }),
      );
      await Promise.all(starts);
      await project.engine.idle();
    }
  }, 60_000);
  afterAll(() => project.remove());

  it("killed half-way and continued replays each once, beside an engine that parks them again", async () => {
    const args = ["replay", "--status", "parked", "--rate", "2000/s", "--yes"];
    const killed = await spawned(args, "SIGKILL");
    expect(killed).toMatchObject({ code: null, out: "" });
    const half = (await replays())[1] ?? 0;
    expect(half).toBeGreaterThan(0);
    expect(half).toBeLessThan(instances);
    const began = performance.now();
    const { code, out, err, memoryMb } = await spawned(["replay", "--continue", "--yes", "--json"]);
    const seconds = (performance.now() - began) / 1_000;
    expect({ code, ended: JSON.parse(out) }).toMatchObject({
      code: 0,
      ended: { applied: instances - half, refused: 0, failed: 0, isDone: true, continue: null },
    });
    expect(err).toContain(" left");
    await expect(replays()).resolves.toEqual({ 1: instances });
    const { perSecond } = JSON.parse(out);
    console.info(
      `${half} replays before the kill, ${instances - half} after it in ${seconds.toFixed(1)} s: ` +
        `${perSecond}/s, ${Math.max(memoryMb, killed.memoryMb)} MB at most`,
    );
  });

  it("ended with Ctrl+C prints the command that goes on, and that one does the rest", async () => {
    const counted = async () => project.json(0, "replay", "--status", "parked", "--dry-run");
    await vi.waitFor(async () => expect(await counted()).toMatchObject({ total: instances }), 20_000);
    const args = ["replay", "--status", "parked", "--rate", "1000/s", "--yes"];
    const { code, out } = await spawned(args, "SIGINT");
    expect(code).toBe(1);
    const [, applied = ""] = /^replay: ([\d,]+) applied, [\d,]+ left /.exec(out) ?? [];
    const [, goOn = ""] = /^Go on with what is left: backstep (.*)$/m.exec(out) ?? [];
    const rest = await spawned([...goOn.split(" "), "--rate", "100000/s", "--yes", "--json"]);
    expect(rest.code).toBe(0);
    const before = Number(applied.replace(",", ""));
    expect(JSON.parse(rest.out)).toMatchObject({ applied: instances - before, appliedBefore: before });
    await expect(replays()).resolves.toEqual({ 2: instances });
    console.info(`${JSON.parse(rest.out).perSecond}/s without a limit`);
  });
});
