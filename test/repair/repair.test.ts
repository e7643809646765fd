import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { describeOnTargets } from "../emulators/targets.js";
import { describeRepairs, patience } from "./describe-repairs.js";
import { openEmbeddedWorld } from "./embedded-world.js";
import type { RepairWorld } from "./repair-world.js";
import { openStageWorld } from "./stage-world.js";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

describe("on the embedded engine", () => {
  let opened: Awaited<ReturnType<typeof openEmbeddedWorld>>;
  beforeAll(async () => {
    opened = await openEmbeddedWorld();
  });
  afterAll(() => opened.close());

  describeRepairs({ world: () => opened, canCommand: true, isStage: false });

  it("doctor without a name tells all that is stuck by its cause, and wakes it", async () => {
    const { run, plant } = opened;
    const ids = [1, 2, 3, 4, 5, 6, 7].map((count) => `all-${count}`);
    for (const id of ids) await plant("order", id, { agoMs: 3_600_000, watchInMs: 1_800_000 });
    // What an engine notes of its lanes is a second old: whatever was in them may hide what is lost.
    const out = await vi.waitFor(async () => {
      const said = await run("doctor");
      expect(said.code).toBe(1);
      return said.out;
    }, patience);
    expect(out).toMatch(
      /^lostEvent \(7\) {2}Wake it.*\n {2}order\/all-\d: .*\n {4}backstep doctor order\/all-\d --fix$/m,
    );
    expect(out).toMatch(/^ {2}and 2 more: backstep stuck$/m);
    const mended = await run("doctor", "--fix", "--json");
    const { left, mended: woken } = JSON.parse(mended.out);
    expect({ code: mended.code, left, woken: woken.toSorted() }).toEqual({
      code: 0,
      left: 0,
      woken: ids.map((id) => `order/${id}`),
    });
    for (const id of ids) expect((await run("wait", `order/${id}`, "--timeout", "20s")).code).toBe(0);
    expect(await run("doctor")).toEqual({ code: 0, out: "All is well.\n", err: "" });
    expect(await run("stuck")).toEqual({ code: 0, out: "Nothing is stuck.\n", err: "" });
  });

  it("stuck lists what fits, the oldest first, and says how many there are", async () => {
    const { run, plant } = opened;
    const hour = 3_600_000;
    for (const [id, hours] of [
      ["s-1", 1],
      ["s-2", 3],
      ["s-3", 2],
    ] as const) {
      await plant("order", id, { agoMs: hours * hour, watchInMs: hour / 2 });
    }
    const ids = async (...args: readonly string[]) => {
      const { out } = await run("stuck", "--json", ...args);
      return JSON.parse(out).map(({ id }: { id: string }) => id);
    };
    await vi.waitFor(async () => expect(await ids()).toEqual(["s-2", "s-3", "s-1"]), patience);
    expect(await ids("--older-than", "90m")).toEqual(["s-2", "s-3"]);
    expect(await ids("--saga", "invoice")).toEqual([]);
    expect((await run("stuck", "--limit", "1")).err).toContain("There are 3: see more with --limit 3.");
    expect(await run("stuck", "--older-than", "soon")).toMatchObject({ code: 2 });
    await run("doctor", "--fix");
  });

  it("doctor says of an unknown instance that there is none", async () => {
    expect(await opened.run("doctor", "order/nobody")).toMatchObject({
      code: 3,
      err: expect.stringContaining("[INSTANCE_UNKNOWN]"),
    });
    expect(await opened.run("doctor", "nobody")).toMatchObject({ code: 2 });
  });

  it("noEngine: nobody works what was accepted, and its events are gone", async () => {
    const { run, follow, stopWorkers, startWorkers, purge } = opened;
    await stopWorkers();
    await run("start", "order", "--input", '{"orderId":"n-1"}');
    await purge();
    expect((await run("stuck")).err).toContain("No engine works on the store");
    const { code, out } = await run("doctor", "order/n-1");
    expect({ code, out }).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^noEngine {2}Run an engine\.\n.*\n +backstep dev\n/),
    });
    const dev = follow("dev");
    expect(await run("wait", "order/n-1", "--timeout", "20s")).toMatchObject({ code: 0 });
    await dev.stop();
    await startWorkers();
  });

  it("noEngine: the engine was killed in the middle of a step", async () => {
    const { run, follow, stopWorkers, startWorkers, project } = opened;
    await stopWorkers();
    const killed = project.dev([], { env: { MOOD: "hung" } });
    await run("start", "order", "--input", '{"orderId":"k-1"}');
    await killed.line(/order\/k-1.*ship started/);
    await killed.stop("SIGKILL");
    expect((await run("doctor", "order/k-1", "--json")).out).toContain('"noEngine"');
    const dev = follow("dev");
    expect(await run("wait", "order/k-1", "--timeout", "20s")).toMatchObject({ code: 0 });
    await dev.stop();
    expect((await run("show", "order/k-1", "--journal")).out).toContain("interrupted");
    await startWorkers();
  });
});

await describeOnTargets(["dynamoDb", "sqs"], (target) => {
  let opened: RepairWorld;
  beforeAll(async () => {
    opened = await openStageWorld(target);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await opened.close();
  });

  const canCommand = target.lacks.transactions === undefined;
  describeRepairs({ world: () => opened, canCommand, isStage: true });
});
