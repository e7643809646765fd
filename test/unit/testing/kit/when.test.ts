import { defineSaga } from "backstep";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { given } from "../../../../src/testing/kit/given.js";
import { Done, Paid, Participants, shop } from "../../runtime/shop.js";
import { aPaidShop, aShop, payment } from "./shop-scenario.js";

describe("what happens", () => {
  it("G7: is an early event if it comes before the start", async () => {
    const early = aShop.when().receives(Paid, payment).started();
    const { head, mail } = await early.expect().status("completed");
    expect(mail[0]?.receivedAt).toBeLessThanOrEqual(head.origin.startedAt);
  });

  it("is a late event if its wait is over", async () => {
    const late = aShop.when().started().after({ minutes: 30 }).receives(Paid, payment);
    await late.expect().status("compensated").called("late payment", { times: 1 }).unclaimed([]);
  });

  it("G6: is no timeout a moment before it is due", async () => {
    const almost = aShop.when().started().after({ minutes: 29, seconds: 59 });
    await almost.expect().status("waiting");
    await almost.after({ seconds: 1 }).expect().status("compensated");
  });

  it("is one event if the same event id comes twice, and two otherwise", async () => {
    const again = aShop.when().started().receives(Paid, payment, { eventId: "e-1" });
    await again.receives(Paid, payment, { eventId: "e-1" }).expect().notCalled("late payment");
    await again.receives(Paid, payment, { eventId: "e-2" }).expect().called("late payment", { times: 1 });
  });

  it("is a cancellation with its reason", async () => {
    const cancelled = aShop.when().started().cancelled("changed my mind");
    await cancelled
      .expect()
      .status("compensated")
      .reason(/changed my mind/);
  });

  it("is a pause, until it is resumed", async () => {
    const paused = aShop.when().started().paused().receives(Paid, payment);
    await paused.expect().status("paused").notStarted(["capture"]);
    await paused.resumed().expect().status("completed");
  });

  it("is a retry of what is parked, of all or of one step", async () => {
    const parked = aShop.step("ship").throws({ times: 3 }).when().started().receives(Paid, payment);
    const stuck = parked.after({ minutes: 5 });
    await stuck.expect().parkedAt("ship");
    await stuck.retried().expect().status("completed");
    await stuck.retried("ship").expect().status("completed");
  });

  it("is any other command", async () => {
    const terminated = aShop.when().started().commanded({ kind: "terminate" }, "enough");
    await terminated.expect().status("terminated").steps({ payment: "waived" });
  });

  it("leaves the chain that it is added to as it was", async () => {
    const started = aShop.when().started();
    started.cancelled();
    await started.expect().status("waiting");
  });
});

it("gives the domain events of the saga to further sagas of the world", async () => {
  const input = z.object({ id: z.string() });
  const archive = defineSaga({ name: "archive", version: 1, input, id: ({ id }) => id })
    .waitFor("done", { event: Done, id: ({ id }) => id, compensate: "none" })
    .build(({ results }) => results.done.id);
  const services = () => ({ shop: new Participants() });
  const both = given(shop, { services, sagas: [archive] }).input({ id: "o-1" });
  const { world } = await both.when().started().receives(Paid, payment).expect().status("completed");
  await world.start("archive", { id: "o-1" });
  await world.settle();
  const state = await world.state({ saga: "archive", id: "o-1" });
  expect(state.ended).toMatchObject({ status: "completed", output: "o-1" });
});

describe("what is known afterwards", () => {
  it("is the same to the byte at every run", async () => {
    const one = await aPaidShop.expect();
    const other = await aPaidShop.expect();
    const history = ({ head, entries, mail }: typeof one) => JSON.stringify([head.origin, entries, mail]);
    expect(one.entries.length).toBeGreaterThan(5);
    expect(history(other)).toBe(history(one));
  });

  it("happens once, however often one expectation is awaited", async () => {
    const expectation = aPaidShop.expect().status("completed");
    expect(await expectation).toBe(await expectation);
  });

  it("has the steps, calls, published and unclaimed events", async () => {
    const { steps, calls, published, unclaimed, ref } = await aPaidShop.expect();
    expect(ref).toEqual({ saga: "shop", id: "o-1" });
    expect(steps.capture).toMatchObject({ kind: "pivot", state: "done", attempts: 1 });
    expect(calls.map(({ phase, step }) => `${phase} ${step}`)).toEqual([
      "run reserve",
      "run order",
      "run capture",
      "run ship",
    ]);
    expect(published).toMatchObject([{ event: "shop.done", payload: { id: "o-1" } }]);
    expect(unclaimed).toEqual([]);
  });

  it("waits for services that take turns of the event loop of their own", async () => {
    const slow = new Participants();
    const call = slow.call.bind(slow);
    slow.call = async (...all) => {
      for (let turns = 0; turns < 3; turns++) await new Promise((resolve) => setImmediate(resolve));
      return call(...all);
    };
    const paid = given(shop, { services: { shop: slow } })
      .input({ id: "o-1" })
      .when()
      .started();
    const { entries } = await paid.receives(Paid, payment).expect().status("completed");
    expect(entries.at(-1)?.at).toBe(entries[0]?.at);
  });
});
