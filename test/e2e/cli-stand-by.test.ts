import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CliProject, createCliProject } from "./cli-project.js";
import { orderProject } from "./cli-sagas.js";

const limit = { timeout: 20_000 };

let project: CliProject;
beforeEach(() => {
  project = createCliProject(orderProject);
});
afterEach(() => project.remove());

const start = (orderId: string, sku: string) =>
  project.backstep(["start", "order", "--input", JSON.stringify({ orderId, sku })]);
const pay = (orderId: string) =>
  project.backstep(["signal", "payment.received", "--payload", JSON.stringify({ orderId, cents: 4 })]);

describe("backstep dev --stand-by", limit, () => {
  it("goes on with the instances of the engine that worked the store, when that one is killed", async () => {
    const first = project.dev(["--stand-by"]);
    await first.line(/^Running order/);
    const second = project.dev(["--stand-by"]);
    await second.line(/^Standing by: the engine of process \d+ on \S+ works the store/);
    await start("o-1", "tea");
    await first.line(/order\/o-1 +waiting/);
    await first.stop("SIGKILL");
    await second.line(/^Running order/);
    await pay("o-1");
    await second.line(/order\/o-1 +completed/);
    expect((await second.stop()).code).toBe(0);
  });

  it("runs the definitions as they are when it takes over, not as they were before", async () => {
    const first = project.dev();
    await first.line(/^Running order/);
    const second = project.dev(["--stand-by"]);
    await second.line(/^Standing by/);
    void first.stop("SIGSTOP"); // it would reload, and let go of the store for a moment
    const text = orderProject["sagas/order.ts"].replace("sold out", "none left");
    project.write("sagas/order.ts", text);
    await first.stop("SIGKILL");
    await second.line(/^Reloaded\.$/);
    await start("o-1", "gone");
    await second.line(/none left/);
    expect((await second.stop()).code).toBe(0);
  });

  it("ends at once when it is stopped while it waits", async () => {
    const first = project.dev();
    await first.line(/^Running order/);
    const second = project.dev(["--stand-by"]);
    await second.line(/^Standing by/);
    const { code, stdout } = await second.stop();
    expect(code).toBe(0);
    expect(stdout).not.toContain("Running");
    expect((await first.stop()).code).toBe(0);
  });

  it("makes the store where there is none", async () => {
    const first = project.dev(["--stand-by", "--store", "new/store.db"]);
    await first.line(/^Running order/);
    expect((await first.stop()).code).toBe(0);
  });

  it("is not what dev does by itself: a second engine is refused", async () => {
    const first = project.dev();
    await first.line(/^Running order/);
    const { code, stderr } = await project.backstep(["dev"]);
    expect(code).toBe(4);
    expect(stderr).toMatch(/STORE_LOCKED/);
    await first.stop();
  });
});
