import { describe, expect, it } from "vitest";
import { given } from "../../../../src/testing/kit/given.js";
import { Paid, Participants, shop } from "../../runtime/shop.js";
import { aScriptedShop, aShop, payment } from "./shop-scenario.js";

describe("the answers of a script", () => {
  it("stand for the handlers, so that a saga needs no services", async () => {
    const paid = aScriptedShop.when().started().receives(Paid, payment);
    const { services } = await paid.expect().status("completed").output({ shipped: "s-1" });
    expect(services).toBeUndefined();
  });

  it("refuse a step", async () => {
    const refused = aScriptedShop.step("order").refuses("no more orders").when().started();
    await refused.expect().steps({ order: "refused", reserve: "compensated" });
  });

  it("throw so often, and then the handler's own code runs", async () => {
    const down = aShop.step("reserve").throws("out of order", { times: 2 });
    const { services, steps } = await down.when().started().after({ minutes: 1 }).expect().status("waiting");
    expect(services.shop.names).toEqual(["reserve", "order"]);
    expect(steps.reserve.failures.map(({ error }) => error?.message)).toEqual([
      "out of order",
      "out of order",
    ]);
  });

  it("throw an error that names the step unless told which", async () => {
    const down = aShop.step("reserve").throws({ times: 1 }).step("reserve").throws(new TypeError("no shelf"));
    const { steps } = await down.when().started().after({ seconds: 5 }).expect();
    const names = steps.reserve.failures.map(({ error }) => `${error?.name}: ${error?.message}`);
    expect(names.slice(0, 2)).toEqual(["Error: reserve is down", "TypeError: no shelf"]);
  });

  it("follow each other in the order in which they are given", async () => {
    const shaky = given(shop)
      .input({ id: "o-1" })
      .step("reserve")
      .throws({ times: 1 })
      .step("reserve")
      .hangs({ times: 1 })
      .step("reserve")
      .returns({ ref: "third" })
      .step("order")
      .returns({ ref: "o-1" });
    const { steps } = await shaky.when().started().after({ minutes: 2 }).expect().status("waiting");
    expect(steps.reserve).toMatchObject({ attempts: 3, output: { ref: "third" } });
    expect(steps.reserve.failures.map(({ how }) => how)).toEqual(["failed", "timedOut"]);
  });

  it("start anew after one that holds for ever, so that a test can differ from its beginning", async () => {
    const other = aScriptedShop.step("capture").refuses("card declined");
    await other.when().started().receives(Paid, payment).expect().steps({ capture: "refused" });
    await aScriptedShop.when().started().receives(Paid, payment).expect().steps({ capture: "done" });
  });

  it("come late: the effect lands a second after the timeout, and the runtime gets no answer", async () => {
    const late = aShop.step("reserve").answersLate({ times: 1 }).step("reserve").hangs().when().started();
    const before = await late.after({ seconds: 10, milliseconds: 999 }).expect();
    expect(before.services.shop.names).toEqual([]);
    const { services, calls } = await late.after({ seconds: 11 }).expect();
    expect(services.shop.names).toEqual(["reserve"]);
    expect(calls[0]).toMatchObject({ phase: "run", attempt: 1, came: "done" });
    expect(calls[0]).not.toHaveProperty("answered");
  });

  it("come late without an effect where there are no services", async () => {
    const late = aScriptedShop.step("reserve").answersLate().when().started();
    await late.after({ minutes: 10 }).expect().status("compensated").compensated(["reserve"]);
  });

  it("hang without an effect", async () => {
    const hung = aShop.step("reserve").hangs().when().started().after({ minutes: 10 });
    const { services, calls } = await hung.expect().status("compensated");
    expect(services.shop.names).toEqual(["release"]);
    expect(calls.filter(({ came }) => came === "none")).toHaveLength(5);
  });

  it("speak for a probe that finds what was done", async () => {
    const found = aShop.step("capture").throws().probe("capture").finds({ ref: "found" });
    const paid = found.when().started().receives(Paid, payment).after({ minutes: 5 });
    const { steps } = await paid.expect().status("completed").called("probe capture", { times: 1 });
    expect(steps.capture.output).toEqual({ ref: "found" });
  });

  it("speak for a probe that finds nothing, or cannot tell", async () => {
    const failing = aShop.step("capture").throws();
    for (const [answer, status] of [
      ["absent", "compensated"],
      ["unknown", "parked"],
    ] as const) {
      const probed = failing.probe("capture").answers(answer).when().started().receives(Paid, payment);
      await probed.after({ minutes: 5 }).expect().status(status);
    }
  });

  it("speak for a compensation", async () => {
    const failing = aShop.step("order").refuses("no").compensation("reserve").throws({ times: 2 });
    const undone = failing.when().started().after({ minutes: 5 });
    await undone.expect().status("compensated").called("undo reserve", { times: 3 });
  });

  it("speak for onLate", async () => {
    const late = aShop.onLate("payment").throws("bank holiday", { times: 1 }).when().started();
    const refunded = late.after({ hours: 1 }).receives(Paid, payment).after({ minutes: 1 });
    const { services } = await refunded.expect().status("compensated").called("late payment", { times: 2 });
    expect(services.shop.names.at(-1)).toBe("refund late");
  });
});

describe("services", () => {
  it("are made anew for every run where a function gives them", async () => {
    const one = await aShop.when().started().expect();
    const other = await aShop.when().started().expect();
    expect(one.services).not.toBe(other.services);
    expect(other.services.shop.names).toEqual(["reserve", "order"]);
  });

  it("are the same object in every run where an object gives them", async () => {
    const participants = new Participants();
    const shared = given(shop, { services: { shop: participants } })
      .input({ id: "o-1" })
      .when()
      .started();
    const { services } = await shared.expect();
    await shared.expect();
    expect(services.shop).toBe(participants);
    expect(participants.names).toEqual(["reserve", "order", "reserve", "order"]);
  });
});

it("runs alike in every setting of lanes and fuse", async () => {
  for (const lanes of ["shared", "per-saga", "per-step"] as const) {
    const services = () => ({ shop: new Participants() });
    const paid = given(shop, { services, lanes, fuse: false })
      .input({ id: "o-1" })
      .when()
      .started()
      .receives(Paid, payment);
    const { entries } = await paid.expect().status("completed");
    expect(new Set(entries.map(({ lane }) => lane)).size).toBe(lanes === "per-step" ? 5 : 1);
  }
});
