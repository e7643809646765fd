import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "backstep-programs-"));
const programs = join(root, "dist/sagas/order");

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a built program to its end. */
function run(program: string, ...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const script = join(programs, program);
    const options = { cwd: folder, env: { ...process.env, NO_COLOR: "1" }, maxBuffer: 2 ** 24 };
    execFile(process.execPath, [script, ...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      resolve({ code, stdout, stderr });
    });
  });
}

/** Runs the demo until it has printed `sight`, then sends it a signal. */
async function interrupt(signal: NodeJS.Signals, sight: string, ...args: string[]): Promise<Ended> {
  const child = spawn(process.execPath, [join(programs, "demo.js"), ...args], { cwd: folder });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    const isSeen = stdout.includes(sight);
    stdout += chunk;
    if (!isSeen && stdout.includes(sight)) child.kill(signal);
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk;
  });
  const [code] = await once(child, "close");
  return { code: Number(code), stdout, stderr };
}

beforeAll(async () => {
  await new Promise((resolve) => execFile(process.execPath, [join(root, "build.mjs")], resolve));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const slow = { timeout: 120_000 };

describe.concurrent("the programs of the order saga", () => {
  it("G1-G4, G6-G9: keep every promise while the engine is killed (40 orders, 6 kills)", slow, async () => {
    const { code, stdout, stderr } = await run("crash.js", "--orders", "40", "--kills", "6");
    const lastLine = stdout.trimEnd().split("\n").at(-1);
    expect(lastLine, stdout + stderr).toMatch(/^kills=6 orders=40 ended=\d+ parked=\d+ violations=0$/);
    expect(code).toBe(0);
  });

  it("let payment or timeout win, never both (200 orders)", slow, async () => {
    const { code, stdout, stderr } = await run("race.js", "--orders", "200");
    const lastLine = stdout.trimEnd().split("\n").at(-1) ?? "";
    expect(lastLine, stdout + stderr).toMatch(
      /^orders=200 paid=\d+ cancelled=\d+ refundedLate=\d+ violations=0$/,
    );
    const [, paid, cancelled, refundedLate] = lastLine.split(" ").map((part) => Number(part.split("=")[1]));
    expect(Number(paid) + Number(cancelled)).toBe(200);
    expect(refundedLate).toBe(cancelled);
    expect(code).toBe(0);
  });

  it("show thirty orders of every kind, and a count that adds up", slow, async () => {
    const { code, stdout, stderr } = await run("demo.js", "--window", "2");
    expect(code, stdout + stderr).toBe(0);
    expect(stdout).toMatch(/^30 orders: .*\d+ completed/m);
    expect(stdout).toMatch(/^Stock .* adds up$/m);
    expect(stdout).toMatch(/^Money .* adds up$/m);
    expect(stdout).toContain("npx backstep list");
  });

  it("G8: go on with the orders of a run that was killed", slow, async () => {
    const store = ["--window", "2", "--store", join(folder, "killed.db")];
    const { stdout: killed } = await interrupt("SIGKILL", "order/1-20  orders", ...store);
    expect(killed).not.toContain("The orders are kept.");
    const { code, stdout, stderr } = await run("demo.js", ...store);
    expect(code, stdout + stderr).toBe(0);
    expect(stdout).toMatch(/^\d+ orders of an earlier run are still open. The engine goes on with them.$/m);
    expect(stdout).toMatch(/^Of the earlier run: \d+ /m);
    expect(stdout).toMatch(/^Money .* adds up$/m);
  });

  it("end cleanly on Ctrl-C, and say what is open", slow, async () => {
    const store = join(folder, "interrupted.db");
    const { code, stdout, stderr } = await interrupt("SIGINT", "order/1-20  orders", "--store", store);
    expect({ code, stderr }).toEqual({ code: 130, stderr: "" });
    expect(stdout).toMatch(/^Stopped. \d+ orders are open, and lost nothing: the next npm start goes on/m);
  });

  it.each(["demo.js", "crash.js", "race.js"])(
    "explain themselves and reject what they do not know (%s)",
    async (program) => {
      const help = await run(program, "--help");
      expect(help).toMatchObject({ code: 0, stderr: "" });
      expect(help.stdout).toContain("Usage: npm ");
      const wrong = await run(program, "--nonsense");
      expect(wrong).toMatchObject({ code: 2, stdout: "" });
      expect(wrong.stderr).toContain("--nonsense");
    },
  );

  it.each(["crash.js", "race.js"])("take no store that is there already (%s)", async (program) => {
    const { code, stderr } = await run(program, "--store", folder);
    expect(code).toBe(2);
    expect(stderr).toContain("which is there already. Name a new file.");
  });

  it.each(["0", "-3", "1.5", "many", ""])("reject the number of orders %j", async (number) => {
    const { code, stderr } = await run("crash.js", `--orders=${number}`);
    expect(code).toBe(2);
    expect(stderr).toContain(`--orders is "${number}". It takes a whole number from 1 to 10000.`);
  });
});
