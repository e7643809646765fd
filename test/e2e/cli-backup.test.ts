import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CliProject, createCliProject } from "./cli-project.js";
import { orderProject } from "./cli-sagas.js";

const limit = { timeout: 30_000 };

describe("backup, verify and restore", limit, () => {
  let project: CliProject;
  const path = (name: string) => join(project.folder, name);
  const start = (orderId: string) =>
    project.backstep(["start", "order", "--input", JSON.stringify({ orderId, sku: "tea" })]);
  const json = async (...args: readonly string[]) => {
    const { code, stdout } = await project.backstep([...args, "--json"]);
    return { code, value: JSON.parse(stdout) as Record<string, unknown> };
  };

  beforeAll(async () => {
    project = createCliProject(orderProject);
    const dev = project.dev();
    await dev.line(/^Running order/);
    await start("o-1");
    await dev.line(/order\/o-1 +waiting/);
    const { code, value } = await json("backup", "safe/one.db");
    expect({ code, value }).toMatchObject({
      code: 0,
      value: { file: path("safe/one.db"), instances: { waiting: 1 } },
    });
    await expect(project.backstep(["restore", "safe/one.db", "--yes"])).resolves.toMatchObject({ code: 4 });
    await start("o-2");
    await dev.line(/order\/o-2 +waiting/);
    await dev.stop();
  }, limit.timeout);
  afterAll(() => project.remove());

  it("a backup overwrites nothing unless it is told to", async () => {
    const { code, stderr } = await project.backstep(["backup", "safe/one.db"]);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining("is there already") });
    const { code: forced, stdout } = await project.backstep(["backup", "safe/two.db"]);
    expect({ forced, stdout }).toMatchObject({
      forced: 0,
      stdout: expect.stringMatching(/^Backed up to safe\/two\.db in \d+\.\d s: .* 2 instances: 2 waiting\n$/),
    });
    expect(readdirSync(path("safe")).sort()).toEqual(["one.db", "two.db"]);
  });

  it("verify tells that store and backup are whole, and which instances have no definition", async () => {
    await expect(json("verify")).resolves.toMatchObject({
      code: 0,
      value: { isWhole: true, instances: { waiting: 2 }, findings: [], damages: 0 },
    });
    project.write("other.config.ts", orderProject["backstep.config.ts"]?.replace("[order]", "[]") ?? "");
    const args = ["verify", "safe/one.db", "--config", "other.config.ts"];
    const { code, stdout, stderr } = await project.backstep(args);
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining("All is whole.") });
    expect(stderr).toBe("Open instances of order version 1, which is not declared: 1\n");
  });

  it("verify finds damage, and restore refuses it", async () => {
    const torn = readFileSync(path("safe/one.db"));
    torn.fill(0x5a, 3 * 4_096, 4 * 4_096);
    writeFileSync(path("torn.db"), torn);
    const { code, value } = await json("verify", "torn.db");
    expect({ code, value }).toMatchObject({ code: 1, value: { isWhole: false } });
    const { code: refused, stderr } = await project.backstep(["restore", "torn.db", "--yes"]);
    expect({ refused, stderr }).toMatchObject({ refused: 1, stderr: expect.stringContaining("is damaged") });
    await expect(json("list")).resolves.toMatchObject({ value: [{ id: "o-2" }, { id: "o-1" }] });
  });

  it("restore asks, and brings back what the backup knows, which then goes on", async () => {
    await expect(project.backstep(["restore", "safe/one.db"])).resolves.toMatchObject({ code: 2 });
    const { code, value } = await json("restore", "safe/one.db", "--yes");
    expect({ code, value }).toMatchObject({ code: 0, value: { restored: true, instances: { waiting: 1 } } });
    expect(existsSync(String(value.before))).toBe(true);
    await expect(json("list")).resolves.toMatchObject({ value: [{ id: "o-1" }] });
    const dev = project.dev();
    await dev.line(/^Running order/);
    const payload = JSON.stringify({ orderId: "o-1", cents: 4 });
    await project.backstep(["signal", "payment.received", "--payload", payload]);
    await dev.line(/order\/o-1 +completed/);
    await dev.stop();
  });
});
