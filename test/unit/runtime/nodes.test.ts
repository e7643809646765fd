import { defineEvent, defineSaga, defineStep, needs, StepRefused } from "backstep";
import { createMemoryWorld } from "backstep/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { Participants, setups } from "./shop.js";

const input = z.object({ id: z.string(), big: z.boolean().optional() });
const text = z.string();
const services = needs<{ readonly all: Participants }>();
const Go = defineEvent({ name: "go", payload: z.object({ id: z.string() }) });
const Stop = defineEvent({ name: "stop", payload: z.object({ id: z.string(), why: z.string() }) });
const Said = defineEvent({ name: "said", payload: z.object({ id: z.string() }) });
const Unsaid = defineEvent({ name: "unsaid", payload: z.object({ id: z.string() }) });
const base = { version: 1, input, services, id: ({ id }: { id: string }) => id } as const;

/** A step that calls its participant by its own name. */
function calls(name: string) {
  type Context = { services: { all: Participants }; idempotencyKey: string; signal: AbortSignal };
  return {
    output: text,
    run: ({ services, idempotencyKey, signal }: Context) => services.all.call(name, idempotencyKey, signal),
    compensate: ({ services }: Context) => services.all.call(`undo ${name}`, "") as Promise<unknown>,
  };
}

const forks = defineSaga({ ...base, name: "forks" })
  .step("first", calls("first"))
  .parallel(
    "fork",
    (b) => b.step("left", calls("left")).step("left2", calls("left2")),
    (b) => b.step("right", { ...calls("right"), retry: { attempts: 2 } }),
  )
  .choice("size", {
    when: ({ input }) => input.big === true,
    then: (b) => b.step("heavy", calls("heavy")),
    otherwise: (b) => b.step("light", calls("light")),
  })
  .step("last", calls("last"))
  .build(({ results }) => [results.left2, results.right, results.heavy ?? null, results.light ?? null]);

const talks = defineSaga({ ...base, name: "talks" })
  .emit("say", Said, ({ input }) => ({ id: input.id }), {
    event: Unsaid,
    payload: ({ input }) => ({ id: input.id }),
  })
  .waitFor("answer", {
    events: { yes: { event: Go, id: ({ id }) => id }, no: { event: Stop, id: ({ id }) => id } },
    compensate: "none",
  })
  .sleep("nap", { until: ({ now }) => new Date(now + 3_600_000) })
  .step("decide", {
    output: text,
    compensate: "none",
    run: ({ results }) => {
      if (results.answer.tag === "no") throw new StepRefused(results.answer.payload.why);
      return results.answer.tag;
    },
  })
  .build(({ results }) => results.decide);

const shared = defineStep({
  args: z.object({ cents: z.int() }),
  services: needs<{ readonly all: Participants }>(),
  output: z.object({ at: z.date().or(z.iso.datetime().transform((at) => new Date(at))) }),
  run: async ({ args, services, idempotencyKey }) => {
    await services.all.call(`charge ${args.cents}`, idempotencyKey);
    return { at: new Date(0).toISOString() };
  },
  compensate: ({ args, services }) => services.all.call(`refund ${args.cents}`, ""),
});

const rules = defineSaga({ ...base, name: "rules" })
  .step("charge", shared, ({ input }) => ({ cents: input.big === true ? 900 : 100 }))
  .step("once", { ...calls("once"), atMostOnce: true })
  .step("extra", { ...calls("extra"), optional: true })
  .step("dun", { ...calls("dun"), retry: { refused: [{ days: 1 }, { days: 2 }] } })
  .step("look", {
    run: ({ results }) => results.charge.at.getFullYear(),
    output: z.number(),
    compensate: "readOnly",
  })
  .build(({ results }) => ({ extra: results.extra ?? null, year: results.look }));

describe.each(setups)("elements ($name)", ({ lanes, fuse }) => {
  function open(script: ConstructorParameters<typeof Participants>[0] = {}) {
    const all = new Participants(script);
    const world = createMemoryWorld({ sagas: [forks, talks, rules], services: { all }, lanes, fuse });
    const run = async (saga: string, given: z.input<typeof input>) => {
      await world.start(saga, given);
      await world.advance({ minutes: 30 });
      return world.state({ saga, id: given.id });
    };
    return { world, all, run };
  }

  it("runs branches concurrently and joins them", async () => {
    const { run, all } = open();
    const { ended } = await run("forks", { id: "f" });
    expect(ended).toMatchObject({ status: "completed", output: ["ok", "ok", null, "ok"] });
    expect(all.names.slice(1, 3).sort()).toEqual(["left", "right"]);
    expect(all.names).not.toContain("heavy");
  });

  it("takes the other way of a choice", async () => {
    const { ended } = await open().run("forks", { id: "f", big: true });
    expect(ended?.output).toEqual(["ok", "ok", "ok", null]);
  });

  it("G4: lets running branches settle before it undoes anything, in reverse start order", async () => {
    const { run, all } = open({ left2: ["no"], right: ["boom"] });
    const { steps, order } = await run("forks", { id: "f" });
    const undone = all.names.filter((name) => name.startsWith("undo "));
    const expected = order
      .toReversed()
      .filter((name) => name !== "left2")
      .map((name) => `undo ${name}`);
    expect(undone).toEqual(expected);
    expect(steps).toMatchObject({ left2: { settled: "refused" }, right: { settled: "compensated" } });
  });

  it("waits for one of several events, without a timeout, and sleeps until a computed time", async () => {
    const { world, run } = open();
    await run("talks", { id: "t" });
    await world.advance({ days: 90 });
    await world.signal("go", { id: "t" });
    await world.advance({ minutes: 59 });
    expect((await world.state({ saga: "talks", id: "t" })).ended).toBeUndefined();
    await world.advance({ minutes: 3 });
    expect((await world.state({ saga: "talks", id: "t" })).ended?.output).toBe("yes");
  });

  it("takes back what it emitted", async () => {
    const { world, run } = open();
    await run("talks", { id: "t" });
    await world.signal("stop", { id: "t", why: "no time" });
    await world.advance({ hours: 2 });
    const { ended, turned } = await world.state({ saga: "talks", id: "t" });
    expect([ended?.status, turned?.reason.message]).toEqual(["compensated", "decide refused: no time"]);
    expect(world.bus.published.map(({ event }) => event.event)).toEqual(["said", "unsaid"]);
  });

  it("brings outputs through schema and JSON, and gives a shared step its arguments", async () => {
    const { run, all } = open();
    const { ended, steps } = await run("rules", { id: "r", big: true });
    expect(ended?.output).toEqual({ extra: "ok", year: 1970 });
    expect(steps.charge?.output).toEqual({ at: "1970-01-01T00:00:00.000Z" });
    expect(all.names[0]).toBe("charge 900");
  });

  it("G2: calls an atMostOnce step once, and undoes it when it failed", async () => {
    const { run, all } = open({ once: ["boom"] });
    const { steps, ended } = await run("rules", { id: "r" });
    expect(all.names).toEqual(["charge 100", "once", "undo once", "refund 100"]);
    expect([steps.once?.settled, ended?.status]).toEqual(["compensated", "compensated"]);
  });

  it("goes on without an optional step that is refused", async () => {
    const { ended } = await open({ extra: ["no"] }).run("rules", { id: "r" });
    expect(ended?.output).toEqual({ extra: null, year: 1970 });
  });

  it("retries a refusal by its schedule, each time under a new key", async () => {
    const { world, run, all } = open({ dun: ["no", "no", "ok"] });
    await run("rules", { id: "r" });
    await world.advance({ days: 4 });
    expect((await world.state({ saga: "rules", id: "r" })).ended?.status).toBe("completed");
    const keys = all.calls.filter(({ what }) => what === "dun").map(({ key }) => key);
    expect(keys).toEqual(["rules/r/dun", "rules/r/dun~1", "rules/r/dun~2"]);
  });

  it("takes a chain of nothing but refusals for a refusal", async () => {
    const { world, run, all } = open({ dun: ["no"] });
    await run("rules", { id: "r" });
    await world.advance({ days: 4 });
    const { steps } = await world.state({ saga: "rules", id: "r" });
    expect([steps.dun?.settled, all.names.includes("undo dun")]).toEqual(["refused", false]);
  });

  it("compensates a step whose output is not JSON: its effect may have happened", async () => {
    const bad = defineSaga({ ...base, name: "bad" })
      .step("odd", { ...calls("odd"), run: () => Number.NaN as unknown as string, retry: { attempts: 1 } })
      .build();
    const all = new Participants();
    const world = createMemoryWorld({ sagas: [bad], services: { all }, lanes, fuse });
    await world.start("bad", { id: "b" });
    await world.advance({ minutes: 5 });
    const { steps } = await world.state({ saga: "bad", id: "b" });
    expect(steps.odd).toMatchObject({
      settled: "compensated",
      error: { message: expect.stringContaining("NOT_JSON") },
    });
  });
});
