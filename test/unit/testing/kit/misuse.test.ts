import { type AnySaga, defineEvent } from "backstep";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { given } from "../../../../src/testing/kit/given.js";
import { Done, Paid, shop } from "../../runtime/shop.js";
import { aScriptedShop, aShop } from "./shop-scenario.js";

// A saga whose types are erased: what the compiler would refuse must be found when the test runs.
const erased = given(shop as AnySaga).input({ id: "o-1" });
const Lost = defineEvent({ name: "parcel.lost", payload: z.object({ id: z.string() }) });

/** What is refused where it is written. */
const misuses = [
  {
    name: "a step that is not there",
    act: () => erased.step("stock"),
    says: 'The saga "shop" has nothing named "stock". Name one of these: "reserve", "order", "payment",',
  },
  {
    name: "a step that is no step",
    act: () => erased.step("payment"),
    says: 'has no handler "run payment". Name one of these: "reserve", "order", "capture", "ship".',
  },
  {
    name: "a compensation after the pivot",
    act: () => erased.compensation("ship"),
    says: 'has no handler "undo ship". Name one of these: "reserve", "order", "payment".',
  },
  {
    name: "a probe that the step does not have",
    act: () => erased.probe("reserve"),
    says: 'has no handler "probe reserve". Name one of these: "capture".',
  },
  {
    name: "an onLate of what is no wait",
    act: () => erased.onLate("reserve"),
    says: 'has no handler "late reserve". Name one of these: "payment".',
  },
  {
    name: "an output that does not fit its schema",
    act: () => erased.step("reserve").returns({ ref: 5 }),
    says: 'The output given for "reserve" does not fit its schema: ref:',
  },
  {
    name: "no output where the schema wants one",
    act: () => erased.step("reserve").succeeds(),
    says: 'The output given for "reserve" does not fit its schema',
  },
  {
    name: "what a probe finds that does not fit the schema",
    act: () => erased.probe("capture").finds({ ref: null }),
    says: 'The output given for "capture" does not fit its schema: ref:',
  },
  {
    name: "an answer given 0 times",
    act: () => aShop.step("reserve").throws({ times: 0 }),
    says: "An answer is to be given 0 times. Give a whole number from 1",
  },
  {
    name: "an answer given half a time",
    act: () => aShop.step("reserve").hangs({ times: 0.5 }),
    says: "An answer is to be given 0.5 times.",
  },
  {
    name: "a domain event that no wait waits for",
    act: () => aShop.when().receives(Lost, { id: "o-1" }),
    says: 'The saga "shop" has no wait for "parcel.lost". Send what it waits for ("paid"), or add the saga',
  },
  {
    name: "an expectation about a step that is not there",
    act: () => erased.when().expect().notStarted(["stock"]),
    says: 'The saga "shop" has nothing named "stock".',
  },
  {
    name: "a retry of a step that is not there",
    act: () => erased.when().retried("stock"),
    says: 'The saga "shop" has nothing named "stock".',
  },
  {
    name: "a call that is none",
    act: () =>
      erased
        .when()
        .expect()
        .called("capture" as "run capture"),
    says: 'There is no handler "capture". Name it like "run <step>", "probe <step>"',
  },
];

describe("refuses, where it is written,", () => {
  it.each(misuses)("$name", ({ act, says }) => {
    expect(act).toThrow(
      expect.objectContaining({ code: "TEST_INVALID", message: expect.stringContaining(says) }),
    );
  });

  it("an input that does not fit its schema", () => {
    expect(() => erased.input({ id: 5 })).toThrow(/SCHEMA_MISMATCH/);
  });

  it("a duration that is none", () => {
    expect(() => aShop.when().after({ minutes: -1 })).toThrow(/DURATION_INVALID/);
  });
});

/** What is found when the scenario is played. */
const impossible = [
  {
    name: "a scenario without input",
    expectation: given(shop).when().started().expect(),
    says: "The scenario has no input. Add .input(…) before .when().",
  },
  {
    name: "a scenario without a start",
    expectation: aShop.when().expect(),
    says: 'The saga "shop" is never started. Add .started() after .when().',
  },
  {
    name: "a handler that is reached without services",
    expectation: given(shop).input({ id: "o-1" }).when().started().expect(),
    says:
      'The handler "run reserve" of "shop" asks for services.shop, which is not given. ' +
      'Say what it does, .step("reserve"), or give the service: given(saga, { services }).',
  },
  {
    name: "a compensation that is reached without services",
    expectation: given(shop)
      .input({ id: "o-1" })
      .step("reserve")
      .returns({ ref: "r-1" })
      .step("order")
      .refuses("no")
      .when()
      .started()
      .expect(),
    says: 'Say what it does, .compensation("reserve"), or give the service',
  },
  {
    name: "a domain event for another instance",
    expectation: aScriptedShop.when().started().receives(Paid, { id: "o-2", payment: "p" }).expect(),
    says: 'The domain event "paid" is for shop/o-2, but the scenario is about shop/o-1.',
  },
];

it.each(impossible)("rejects $name", async ({ expectation, says }) => {
  await expect(expectation).rejects.toMatchObject({
    code: "TEST_INVALID",
    message: expect.stringContaining(says),
  });
});

it("rejects a domain event that no saga of the world waits for", async () => {
  const other: AnySaga = { ...shop, name: "other" };
  const alone = given(shop as AnySaga, { sagas: [other] }).input({ id: "o-1" });
  const announced = alone.when().receives(Done, { id: "o-1" }).started();
  await expect(announced.expect()).rejects.toMatchObject({ code: "EVENT_UNKNOWN" });
});
