import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CliProject, createCliProject, type Dev } from "./cli-project.js";
import { orderProject } from "./cli-sagas.js";

const limit = { timeout: 20_000 };

describe("commands beside a running engine", limit, () => {
  let project: CliProject;
  let dev: Dev;

  const input = (orderId: string, sku = "tea") => JSON.stringify({ orderId, sku });
  const payment = (orderId: string, cents = 4) => JSON.stringify({ orderId, cents });
  const start = (id: string, sku?: string) => project.backstep(["start", "order", "--input", input(id, sku)]);
  const pay = (id: string) => project.backstep(["signal", "payment.received", "--payload", payment(id)]);

  async function json(...args: readonly string[]): Promise<Record<string, unknown>> {
    const { code, stdout, stderr } = await project.backstep([...args, "--json"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return JSON.parse(stdout);
  }

  beforeAll(async () => {
    project = createCliProject(orderProject);
    dev = project.dev();
    await dev.line(/^Running order \(version 1\)$/);
  }, limit.timeout);

  afterAll(async () => {
    await project.remove();
  });

  it("start runs an instance, once", async () => {
    const first = await project.backstep(["start", "order", "--input", input("o-1"), "--json"]);
    expect(JSON.parse(first.stdout)).toEqual({ saga: "order", id: "o-1", version: 1, created: true });
    expect(first).toMatchObject({ code: 0, stderr: "" });
    const again = await json("start", "order", "--input", input("o-1"));
    expect(again).toEqual({ saga: "order", id: "o-1", version: 1, created: false });
    await dev.line(/order\/o-1 +waiting +check done; payment waits for 30m/);
  });

  it("start reads its input from a file, and from stdin", async () => {
    project.write("order.json", input("o-file"));
    await expect(json("start", "order", "--input", "@order.json")).resolves.toMatchObject({ id: "o-file" });
    const { stdout } = await project.backstep(["start", "order", "--input", "-"], {
      stdin: input("o-stdin"),
    });
    expect(stdout).toBe("Started order/o-stdin, version 1. See backstep show order/o-stdin\n");
  });

  it("signal carries an instance to its end, and show tells of it", async () => {
    await start("o-paid");
    await dev.line(/order\/o-paid +waiting/);
    const signalled = await json(
      "signal",
      "payment.received",
      "--payload",
      payment("o-paid"),
      "--event-id",
      "e-1",
    );
    expect(signalled).toEqual({
      event: "payment.received",
      eventId: "e-1",
      accepted: true,
      instances: [{ saga: "order", id: "o-paid", exists: true }],
    });
    await dev.line(/order\/o-paid +completed +ship done; completed/);
    const shown = await json("show", "order/o-paid");
    expect(shown).toMatchObject({
      saga: "order",
      id: "o-paid",
      version: 1,
      status: "completed",
      reason: null,
      input: { orderId: "o-paid", sku: "tea" },
      output: { tracking: "track-o-paid" },
      steps: {
        reserve: { kind: "step", state: "done", attempts: 1, output: { reservation: "r-o-paid" } },
        payment: { kind: "wait", state: "done", attempts: 0, output: { orderId: "o-paid", cents: 4 } },
        capture: { kind: "pivot", state: "done" },
        ship: { state: "done" },
      },
    });
    const journal = shown.journal as { n: number; at: string }[];
    expect(journal.map(({ n }) => n)).toEqual(journal.map((_, at) => at + 1));
    expect(journal.every(({ at }) => new Date(at).toISOString() === at)).toBe(true);
  });

  it("signal keeps an event for an instance that was not started, and says so", async () => {
    const early = await pay("o-early");
    expect(early).toMatchObject({ code: 0 });
    expect(early.stderr).toContain("order/o-early was not started yet: the event is kept for it.");
    await start("o-early");
    await dev.line(/order\/o-early +completed/);
  });

  it("signal --existing refuses such an event with 3, and keeps nothing", async () => {
    const args = ["signal", "payment.received", "--payload", payment("o-none"), "--existing"];
    await expect(project.backstep(args)).resolves.toMatchObject({ code: 3, stdout: "" });
    await start("o-none");
    await dev.line(/order\/o-none +waiting/);
  });

  it("signal takes an event id once, and another payload under it exits with 4", async () => {
    const args = (cents: number) => [
      ...["signal", "payment.received", "--payload", payment("o-twice", cents), "--event-id", "e-2"],
    ];
    await expect(project.backstep(args(1))).resolves.toMatchObject({ code: 0 });
    const again = await project.backstep(args(1));
    expect(again).toMatchObject({
      code: 0,
      stdout: "payment.received e-2 was accepted before. Nothing changed.\n",
    });
    await expect(project.backstep(args(2))).resolves.toMatchObject({ code: 4 });
  });

  it("show prints every failed attempt with its causes", async () => {
    await start("o-flaky", "flaky");
    await dev.line(/order\/o-flaky +waiting/);
    const { stdout } = await project.backstep(["show", "order/o-flaky", "--journal"]);
    expect(stdout).toMatch(/^check +done +3 /m);
    expect(stdout).toMatch(/check, attempt 1, failed after \d+ms: connection reset\n +caused by TypeError/);
    expect(stdout).toMatch(/ +caused by TypeError: socket closed\n.* check, attempt 2: the same$/m);
    expect(stdout).toMatch(/^0 .* started: reserve started$/m);
    expect(stdout).toMatch(/^2 .* check failed \(attempt 1\), again in \d+ms: connection reset$/m);
    const { steps } = await json("show", "order/o-flaky");
    expect(steps).toMatchObject({
      check: {
        attempts: 3,
        error: null,
        failures: [
          { attempt: 1, how: "failed", error: { message: "connection reset", cause: { name: "TypeError" } } },
          { attempt: 2 },
        ],
      },
      ship: { state: "notStarted", startedAt: null },
    });
  });

  it("cancel compensates, is told by dev with who and why, and a second one changes nothing", async () => {
    await start("o-cancel");
    await dev.line(/order\/o-cancel +waiting/);
    const cancelled = await json("cancel", "order/o-cancel", "--reason", "no more");
    expect(cancelled).toMatchObject({ applied: true, id: "o-cancel" });
    await dev.line(
      /order\/o-cancel +compensating +cancel by .+ \(no more\): goes backward: cancelled: no more/,
    );
    await dev.line(/order\/o-cancel +compensated +reserve compensated; compensated/);
    const again = await project.backstep(["cancel", "order/o-cancel"]);
    expect(again).toMatchObject({ code: 4, stdout: "" });
  });

  it("cancel of a parked compensation says where it stands", async () => {
    await start("o-stuck", "sticky");
    await dev.line(/order\/o-stuck +waiting/);
    await project.backstep(["cancel", "order/o-stuck"]);
    await dev.line(/order\/o-stuck +parked +parked: reserve: no success in 2 attempts/);
    const again = await project.backstep(["cancel", "order/o-stuck"]);
    expect(again.code).toBe(0);
    expect(again.stdout).toMatch(
      /^order\/o-stuck goes backward already: it is parked\. Before: cancel by .+@.+, .+ ago\.\n$/,
    );
  });

  it("list filters, and tells the newest first", async () => {
    await start("o-gone", "gone");
    await dev.line(/order\/o-gone +compensated/);
    const { stdout } = await project.backstep(["list", "--status", "compensated", "--since", "1h", "--json"]);
    const [first] = JSON.parse(stdout);
    expect(first).toEqual({
      saga: "order",
      id: "o-gone",
      version: 1,
      status: "compensated",
      reason: "reserve refused: sold out",
      startedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      updatedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      step: null,
      tags: null,
    });
    const one = await project.backstep(["list", "--limit", "1"]);
    expect(one.stdout).toMatch(/^INSTANCE .*\norder\/o-gone +1 +compensated .*reserve refused: sold out\n$/);
    expect(one.stderr).toContain("There are more than 1");
    await expect(project.backstep(["list", "--saga", "refund"])).resolves.toMatchObject({
      code: 0,
      stdout: "No instance fits.\n",
    });
  });

  it("dev refuses to work a store that another engine works", async () => {
    const { code, stdout, stderr } = await project.backstep(["dev", "--json"]);
    expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
    expect(JSON.parse(stderr)).toMatchObject({ code: "STORE_LOCKED" });
  });

  it("dev stops cleanly, and what is started without it waits for the next one", async () => {
    await expect(dev.stop()).resolves.toMatchObject({ code: 0 });
    const { code, stderr } = await start("o-later");
    expect(code).toBe(0);
    expect(stderr).toContain("No engine works on the store");
    dev = project.dev();
    await dev.line(/order\/o-later +waiting/);
  });

  it("dev reloads what changes, keeps what cannot be read away, and loses nothing", async () => {
    const changed = orderProject["sagas/order.ts"].replace("track-", "parcel-");
    project.write("sagas/order.ts", changed);
    await dev.line(/^Reloaded\.$/);
    project.write("sagas/order.ts", `${changed}\nconst x = ;\n`);
    await dev.line(
      /^Not reloaded, the definitions from before go on: .*sagas\/order\.ts:\d+:11: Unexpected ";"\./,
    );
    project.write("sagas/order.ts", changed);
    await dev.line(/^All is as it was before\.$/);
    await pay("o-later");
    await dev.line(/order\/o-later +completed/);
    await expect(json("show", "order/o-later")).resolves.toMatchObject({
      output: { tracking: "parcel-o-later" },
    });
  });

  it("leaves no file behind but the store", async () => {
    await dev.stop("SIGTERM");
    expect(
      readdirSync(join(project.folder, ".backstep")).filter((name) => !name.startsWith("local.db")),
    ).toEqual([]);
  });
});
