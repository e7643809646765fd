import { defineEvent, defineSaga } from "backstep";
import { createMemoryWorld } from "backstep/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
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
