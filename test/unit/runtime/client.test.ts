import { defineEvent, defineSaga } from "backstep";
import { createMemoryWorld } from "backstep/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Filter } from "../../../src/runtime/fits.js";
import { one, openShop, Paid } from "./shop.js";

const setup = { lanes: "shared", fuse: true } as const;
const actor = { user: "tester" };

describe("a client", () => {
  it("starts an instance once: a second start with the same input is the first", async () => {
    const { world } = openShop(setup);
    expect(await world.start("shop", { id: "o-1" })).toEqual({ ...one, version: 1, created: true });
    expect(await world.start("shop", { id: "o-1" })).toEqual({ ...one, version: 1, created: false });
    await world.settle();
    expect((await world.client.list({ limit: 10 })).heads).toHaveLength(1);
  });

  describe("tags", () => {
    const tagged = (tags: (input: { id: string }) => Record<string, string>) => {
      const input = z.object({ id: z.string() });
      const saga = defineSaga({ name: "tagged", version: 1, input, id: ({ id }) => id, tags })
        .step("lend", { run: () => undefined, compensate: "none" })
        .build();
      return createMemoryWorld({ sagas: [saga], services: {} });
    };

    it("are computed at the start, and instances are found by them", async () => {
      const world = tagged(({ id }) => ({ customer: `c-${id}`, shop: "north" }));
      for (const id of ["1", "2"]) await world.start("tagged", { id });
      const found = async (tags: Record<string, string | null>) =>
        (await world.client.list({ limit: 10, tags })).heads.map(({ origin }) => origin.id);
      expect(await found({ customer: "c-1" })).toEqual(["1"]);
      expect((await found({ shop: null })).sort()).toEqual(["1", "2"]);
      expect(await found({ shop: "north", customer: "c-3" })).toEqual([]);
      expect(await found({ region: null })).toEqual([]);
    });

    it("that are none leave no trace", async () => {
      const world = tagged(() => ({}));
      await world.start("tagged", { id: "1" });
      const { head } = await world.client.get({ saga: "tagged", id: "1" });
      expect(head.origin).not.toHaveProperty("tags");
    });

    it.each([
      ["no object", undefined],
      ["a number", { size: 1 }],
      ["an empty text", { size: "" }],
      ["a name with a blank", { "a b": "c" }],
      ["eleven of them", Object.fromEntries(Array.from({ length: 11 }, (_, at) => [`t${at}`, "x"]))],
    ])("refuse a start where the saga returns %s", async (_, tags) => {
      const world = tagged(() => tags as Record<string, string>);
      await expect(world.client.start("tagged", { id: "1" })).rejects.toMatchObject({
        code: "SCHEMA_MISMATCH",
      });
      expect((await world.client.list({ limit: 10 })).heads).toEqual([]);
    });
  });

  it("refuses a second start with another input, and leaves the first as it is", async () => {
    const saga = defineSaga({
      name: "loan",
      version: 1,
      input: z.object({ id: z.string(), cents: z.int() }),
      id: ({ id }) => id,
    })
      .step("lend", { run: () => undefined, compensate: "none" })
      .build();
    const world = createMemoryWorld({ sagas: [saga], services: {} });
    await world.start("loan", { id: "l", cents: 1 });
    await expect(world.start("loan", { id: "l", cents: 2 })).rejects.toMatchObject({
      code: "START_CONFLICT",
    });
    expect((await world.client.get({ saga: "loan", id: "l" })).head.origin.input).toEqual({
      id: "l",
      cents: 1,
    });
  });

  it.each([
    ["an unknown saga", "nope", { id: "x" }, "SAGA_UNKNOWN"],
    ["an input that does not fit", "shop", { id: 1 }, "SCHEMA_MISMATCH"],
    ["no input", "shop", undefined, "SCHEMA_MISMATCH"],
    ["an input that is not JSON", "shop", { id: "x", f: () => 1 }, "NOT_JSON"],
    ["an id with a slash", "shop", { id: "a/b" }, "INSTANCE_ID_INVALID"],
    ["an empty id", "shop", { id: "" }, "INSTANCE_ID_INVALID"],
  ])("refuses to start with %s, and writes nothing", async (_, saga, input, code) => {
    const { world } = openShop(setup);
    await expect(world.client.start(saga, input)).rejects.toMatchObject({ code });
    expect((await world.client.list({ limit: 10 })).heads).toEqual([]);
  });

  it.each([
    ["an unknown event", "nope", { id: "x" }, {}, "EVENT_UNKNOWN"],
    ["a payload that does not fit", "paid", { id: "o-1" }, {}, "SCHEMA_MISMATCH"],
    ["an event id with a blank", "paid", { id: "o-1", payment: "p" }, { eventId: "a b" }, "EVENT_ID_INVALID"],
    [
      "an instance that is not there",
      "paid",
      { id: "no", payment: "p" },
      { existing: true },
      "INSTANCE_UNKNOWN",
    ],
  ])("refuses a signal with %s, and keeps nothing", async (_, event, payload, options, code) => {
    const { world } = openShop(setup);
    await expect(world.client.signal(event, payload, options)).rejects.toMatchObject({ code });
    expect(await world.store.mail(one)).toEqual([]);
  });

  it("takes a second copy of an event for the same event, not its id with another payload", async () => {
    const { world } = openShop(setup);
    const options = { eventId: "e-1" };
    expect((await world.signal("paid", { id: "o-1", payment: "p" }, options)).accepted).toBe(true);
    expect((await world.signal("paid", { id: "o-1", payment: "p" }, options)).accepted).toBe(false);
    const other = world.signal("paid", { id: "o-1", payment: "q" }, options);
    await expect(other).rejects.toMatchObject({ code: "EVENT_CONFLICT" });
  });

  it("hands an event to every saga that waits for it, and says which were started", async () => {
    const audit = defineSaga({
      name: "audit",
      version: 1,
      input: z.object({ id: z.string() }),
      id: ({ id }) => id,
    })
      .waitFor("paid", { event: Paid, id: ({ id }) => id, compensate: "none" })
      .build();
    const mail = defineSaga({
      name: "mail",
      version: 1,
      input: z.object({ id: z.string() }),
      id: ({ id }) => id,
    })
      .waitFor("paid", { event: Paid, id: ({ id }) => id, compensate: "none" })
      .build();
    const world = createMemoryWorld({ sagas: [audit, mail], services: {} });
    await world.start("audit", { id: "o" });
    const { instances } = await world.signal("paid", { id: "o", payment: "p" });
    expect(instances).toEqual([
      { saga: "audit", id: "o", exists: true },
      { saga: "mail", id: "o", exists: false },
    ]);
  });

  it("applies a command once, by its id", async () => {
    const shop = openShop(setup);
    await shop.start();
    const given = { actor, commandId: "c-1" };
    expect((await shop.world.client.command(one, { kind: "pause" }, given)).applied).toBe(true);
    await shop.world.client.command(one, { kind: "resume" }, { actor });
    expect((await shop.world.client.command(one, { kind: "pause" }, given)).applied).toBe(false);
    expect((await shop.world.state(one)).held).toBeUndefined();
  });

  it("changes nothing where the instance does not fit, by its journal", async () => {
    const shop = openShop(setup);
    await shop.start();
    const pause = (where: Filter) => shop.world.client.command(one, { kind: "pause" }, { actor, where });
    const before = await shop.world.client.get(one);
    for (const where of [
      { status: "parked" },
      { step: "ship" },
      { until: before.state.startedAt },
    ] as const) {
      expect(await pause(where)).toMatchObject({ applied: false, head: { status: "waiting" } });
    }
    expect(await shop.world.client.get(one)).toEqual(before);
    expect(await pause({ status: "waiting", step: "payment" })).toMatchObject({ applied: true });
  });

  it("tells whoever comes too late who gave which command when, and why", async () => {
    const shop = openShop(setup);
    await shop.start();
    const cancel = { actor: { user: "anna", host: "desk" }, reason: "a mistake" };
    await shop.world.client.command(one, { kind: "cancel" }, cancel);
    await shop.world.settle();
    await shop.world.clock.advance({ seconds: 2 });
    await expect(shop.world.client.command(one, { kind: "pause" }, { actor })).rejects.toMatchObject({
      code: "COMMAND_REFUSED",
      problem:
        '"shop/o-1" is compensated and cannot be paused. Before it: cancel by anna@desk (a mistake), 2s ago.',
    });
  });

  it("checks by its schema what a person resolves a step with", async () => {
    const shop = openShop(setup, { ship: ["no"] });
    await shop.start();
    await shop.pay();
    const resolve = (output: { ref: string | number }) =>
      shop.world.client.command(one, { kind: "resolve", step: "ship", output }, { actor });
    await expect(resolve({ ref: 1 })).rejects.toMatchObject({ code: "SCHEMA_MISMATCH" });
    await resolve({ ref: "by hand" });
    await shop.world.settle();
    expect((await shop.world.state(one)).ended?.output).toEqual({ shipped: "by hand" });
  });

  it("refuses commands for instances that are not there", async () => {
    const { world } = openShop(setup);
    const cancel = world.client.command(one, { kind: "cancel" }, { actor });
    await expect(cancel).rejects.toMatchObject({ code: "INSTANCE_UNKNOWN" });
  });
});

describe("an event that one saga publishes", () => {
  it("G7: wakes another that waits for it", async () => {
    const Done = defineEvent({ name: "done", payload: z.object({ id: z.string() }) });
    const input = z.object({ id: z.string() });
    const first = defineSaga({ name: "first", version: 1, input, id: ({ id }) => id })
      .emit("say", Done, ({ input }) => ({ id: input.id }), "none")
      .build();
    const second = defineSaga({ name: "second", version: 1, input, id: ({ id }) => id })
      .waitFor("done", { event: Done, id: ({ id }) => id, compensate: "none" })
      .build();
    const world = createMemoryWorld({ sagas: [first, second], services: {} });
    await world.start("second", { id: "x" });
    await world.start("first", { id: "x" });
    await world.settle();
    expect((await world.state({ saga: "second", id: "x" })).ended?.status).toBe("completed");
  });
});
