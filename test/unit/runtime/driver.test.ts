import { describe, expect, it } from "vitest";
import { one, openShop, setups } from "./shop.js";

const actor = { user: "tester" };

describe.each(setups)("an instance ($name)", (setup) => {
  it("runs its steps in order, waits, and completes with its output", async () => {
    const shop = openShop(setup);
    await shop.start();
    expect(await shop.status()).toBe("waiting");
    await shop.pay();
    expect(await shop.status()).toBe("completed");
    expect(shop.participants.names).toEqual(["reserve", "order", "capture", "ship"]);
    expect((await shop.world.state(one)).ended).toMatchObject({
      status: "completed",
      output: { shipped: "ok" },
    });
    expect(shop.world.bus.published.map(({ event }) => event.event)).toEqual(["shop.done"]);
  });

  it("compensates in reverse start order when its wait times out, and not a moment earlier", async () => {
    const shop = openShop(setup);
    await shop.start();
    await shop.world.advance({ minutes: 29, seconds: 59 });
    expect(await shop.status()).toBe("waiting");
    await shop.world.advance({ minutes: 2 });
    expect(await shop.status()).toBe("compensated");
    expect(shop.participants.names).toEqual(["reserve", "order", "unorder", "release"]);
    expect(shop.world.bus.published.map(({ event }) => event)).toMatchObject([
      { event: "shop.ended", payload: { why: "payment timed out" } },
    ]);
  });

  it("refunds a payment that comes after the end, once", async () => {
    const shop = openShop(setup);
    await shop.start();
    await shop.world.advance({ minutes: 40 });
    await shop.pay();
    await shop.pay();
    expect(shop.participants.names.filter((name) => name.startsWith("refund"))).toEqual(["refund late"]);
    expect(await shop.status()).toBe("compensated");
  });

  it("G7: keeps a payment that comes before the start", async () => {
    const shop = openShop(setup);
    await shop.pay();
    await shop.start();
    expect(await shop.status()).toBe("completed");
  });

  it("refunds the second of two payments", async () => {
    const shop = openShop(setup);
    await shop.start();
    await shop.pay("p-1");
    await shop.pay("p-2");
    expect(shop.participants.calls.filter(({ what }) => what === "refund late")).toEqual([
      { what: "refund late", key: "p-2" },
    ]);
  });

  it("goes backward at a refused pivot and refunds the payment", async () => {
    const shop = openShop(setup, { capture: ["no"] });
    await shop.start();
    await shop.pay();
    expect(await shop.status()).toBe("compensated");
    expect(shop.participants.names).toEqual(["reserve", "order", "capture", "refund", "unorder", "release"]);
    expect(await shop.settled()).toMatchObject({
      capture: "refused",
      payment: "compensated",
      reserve: "compensated",
    });
  });

  it("retries what fails, with the same idempotency key", async () => {
    const shop = openShop(setup, { reserve: ["boom", "boom", "ok"] });
    await shop.start();
    await shop.world.advance({ minutes: 1 });
    expect(await shop.status()).toBe("waiting");
    const keys = shop.participants.calls.filter(({ what }) => what === "reserve").map(({ key }) => key);
    expect(keys).toEqual(["shop/o-1/reserve", "shop/o-1/reserve", "shop/o-1/reserve"]);
  });

  it("compensates a step whose attempts ran out, and whose outcome is unknown", async () => {
    const shop = openShop(setup, { order: ["boom"] });
    await shop.start();
    await shop.world.advance({ minutes: 10 });
    expect(await shop.status()).toBe("compensated");
    expect(await shop.settled()).toMatchObject({ order: "compensated", reserve: "compensated" });
    expect(shop.participants.names.slice(-2)).toEqual(["unorder", "release"]);
  });

  it("takes a refusal after a failed attempt for an unknown outcome", async () => {
    const shop = openShop(setup, { order: ["boom", "no"] });
    await shop.start();
    await shop.world.advance({ minutes: 10 });
    expect(await shop.settled()).toMatchObject({ order: "compensated", reserve: "compensated" });
  });

  it("aborts a handler at its timeout and undoes it only when it can no longer land", async () => {
    const shop = openShop(setup, { reserve: ["hang"] });
    await shop.start();
    await shop.world.advance({ minutes: 5 });
    expect(shop.participants.names.filter((name) => name === "reserve")).toHaveLength(5);
    expect(await shop.settled()).toEqual({ reserve: "compensated" });
    const { turned, steps } = await shop.world.state(one);
    expect((steps.reserve?.endedAt ?? 0) - (turned?.at ?? 0)).toBeGreaterThanOrEqual(40_000);
  });

  it("parks when a compensation's attempts run out, and goes on after a retry", async () => {
    const shop = openShop(setup, { unorder: ["boom", "boom", "ok"] });
    await shop.start();
    await shop.world.advance({ minutes: 40 });
    expect(await shop.status()).toBe("parked");
    expect(shop.world.bus.published.map(({ event }) => event.event)).toEqual(["saga.parked"]);
    await shop.world.client.command(one, { kind: "retry" }, { actor });
    await shop.world.settle();
    expect(await shop.status()).toBe("compensated");
  });

  it("asks the probe about a pivot that gave no answer", async () => {
    const shop = openShop(setup, { capture: ["boom"] });
    await shop.start();
    await shop.pay();
    await shop.world.advance({ minutes: 1 });
    expect(await shop.status()).toBe("completed");
    expect(shop.participants.names).toContain("find");
  });

  it("goes backward when the probe says that the pivot did not happen", async () => {
    const shop = openShop(setup, { capture: ["boom"], find: ["absent"] });
    await shop.start();
    await shop.pay();
    await shop.world.advance({ minutes: 1 });
    expect(await shop.settled()).toMatchObject({ capture: "refused", payment: "compensated" });
  });

  it("parks a pivot whose outcome stays unknown", async () => {
    const shop = openShop(setup, { capture: ["boom"], find: ["unknown"] });
    await shop.start();
    await shop.pay();
    await shop.world.advance({ minutes: 10 });
    expect(await shop.status()).toBe("parked");
  });

  it("parks a step that is refused after the pivot", async () => {
    const shop = openShop(setup, { ship: ["no"] });
    await shop.start();
    await shop.pay();
    expect(await shop.status()).toBe("parked");
  });

  it("goes backward when cancelled, and refuses to be cancelled after the pivot", async () => {
    const shop = openShop(setup);
    await shop.start();
    await shop.world.cancel(one, "changed my mind");
    await shop.world.settle();
    expect(await shop.status()).toBe("compensated");
    const paid = openShop(setup, { ship: ["boom"] });
    await paid.start();
    await paid.pay();
    await expect(paid.world.cancel(one)).rejects.toMatchObject({ code: "COMMAND_REFUSED" });
  });

  it("ends at once when terminated, and undoes nothing", async () => {
    const shop = openShop(setup);
    await shop.start();
    await shop.world.client.command(one, { kind: "terminate" }, { actor, reason: "test" });
    await shop.world.settle();
    expect(await shop.status()).toBe("terminated");
    expect(shop.participants.names).toEqual(["reserve", "order"]);
  });

  it("goes backward at its deadline", async () => {
    const shop = openShop(setup, { order: ["boom"] });
    await shop.start();
    await shop.world.client.command(one, { kind: "moveTimer", step: "order", dueAt: 8e15 }, { actor });
    await shop.world.advance({ hours: 2, minutes: 2 });
    expect((await shop.world.state(one)).turned?.reason.kind).toBe("deadline");
    expect(await shop.status()).toBe("compensated");
  });

  it.each([Number.NaN, -1, 9e15, Number.POSITIVE_INFINITY])("moves no timer to %d", async (dueAt) => {
    const shop = openShop(setup, { order: ["boom"] });
    await shop.start();
    const before = await shop.world.client.get(one);
    const moved = shop.world.client.command(one, { kind: "moveTimer", step: "order", dueAt }, { actor });
    await expect(moved).rejects.toMatchObject({ code: "COMMAND_REFUSED" });
    expect((await shop.world.client.get(one)).entries).toEqual(before.entries);
  });

  it("stands still while paused, and goes on when resumed", async () => {
    const shop = openShop(setup);
    await shop.start();
    await shop.world.client.command(one, { kind: "pause" }, { actor });
    await shop.pay();
    expect(await shop.status()).toBe("paused");
    await shop.world.client.command(one, { kind: "resume" }, { actor });
    await shop.world.settle();
    expect(await shop.status()).toBe("completed");
  });

  it("runs again after it was compensated, under new keys", async () => {
    const shop = openShop(setup);
    await shop.start();
    await shop.world.advance({ minutes: 40 });
    await shop.world.client.command(one, { kind: "replay" }, { actor });
    await shop.pay("p-2");
    expect(await shop.status()).toBe("completed");
    expect(shop.participants.calls.at(-4)).toEqual({ what: "reserve", key: "shop/o-1/reserve~1" });
  });
});
