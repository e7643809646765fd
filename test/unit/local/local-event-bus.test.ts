import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PublishedEvent } from "../../../src/core/journal/entry.js";
import { SagaError } from "../../../src/errors/saga-error.js";
import { LocalEventBus } from "../../../src/local/local-event-bus.js";
import { order1 } from "../../contract/samples.js";
import { type StoreFixture, storeFixture } from "./store-fixture.js";

let fixture: StoreFixture;
let accepted: string[];
let problems: unknown[];
let accept: (event: PublishedEvent) => Promise<void>;
let buses: LocalEventBus[];

beforeEach(() => {
  fixture = storeFixture();
  [accepted, problems, buses] = [[], [], []];
  accept = async ({ id }) => void accepted.push(id);
});
afterEach(async () => {
  for (const bus of buses) await bus.close();
  await fixture.close();
});

const newBus = (): LocalEventBus => {
  const { store, clock } = fixture;
  const bus = new LocalEventBus({
    store,
    clock,
    accept: (event) => accept(event),
    isAwaited: (event) => event !== "nobody.waits",
    problem: (error) => void problems.push(error),
  });
  buses.push(bus);
  return bus;
};
const event = (id: string, name = "order.completed"): PublishedEvent => ({
  id,
  event: name,
  payload: { id },
});
const kept = () => fixture.rows("SELECT id, undelivered, failure FROM backstep_published ORDER BY id");

describe("a published event", () => {
  test("is on the disk when it is published, and handed on once however often it is published", async () => {
    const bus = newBus();
    await bus.publish(order1, [event("e-1")]);
    expect(kept()).toHaveLength(1);
    await fixture.settle();
    await bus.publish(order1, [event("e-1")]);
    await fixture.settle();
    expect(accepted).toEqual(["e-1"]);
    expect(kept()).toEqual([["e-1", null, null]]);
  });

  test("is kept and not handed on when nobody waits for it", async () => {
    await newBus().publish(order1, [event("e-1", "nobody.waits")]);
    await fixture.settle();
    expect(accepted).toEqual([]);
    expect(kept()).toEqual([["e-1", null, null]]);
  });

  test("is handed on again until it is taken, later each time, and does not hold up others", async () => {
    let refusals = 2;
    accept = async ({ id }) => {
      if (id === "e-1" && refusals-- > 0) throw new Error("busy");
      accepted.push(id);
    };
    const bus = newBus();
    await bus.publish(order1, [event("e-1"), event("e-2")]);
    await fixture.settle();
    expect(accepted).toEqual(["e-2"]);
    await fixture.clock.advance(500);
    await fixture.settle();
    expect(accepted).toEqual(["e-2"]);
    await fixture.clock.advance(1_000);
    await fixture.settle();
    expect(accepted).toEqual(["e-2", "e-1"]);
    expect(problems).toHaveLength(2);
  });

  test("is given up, with the reason beside it, when trying again cannot help", async () => {
    accept = () =>
      Promise.reject(new SagaError("EVENT_CONFLICT", 'The domain event "e-1" was accepted before.'));
    await newBus().publish(order1, [event("e-1")]);
    await fixture.settle();
    const [row] = kept();
    expect(row?.slice(0, 2)).toEqual(["e-1", null]);
    expect(String(row?.[2])).toContain("EVENT_CONFLICT");
    expect(problems).toHaveLength(1);
  });

  test("is handed on by the next engine if this one dies", async () => {
    accept = () => new Promise(() => undefined);
    await newBus().publish(order1, [event("e-1")]);
    await fixture.settle();
    buses = [];
    accept = async ({ id }) => void accepted.push(id);
    newBus().deliver();
    await fixture.settle();
    expect(accepted).toEqual(["e-1"]);
  });

  test("comes to its receivers also in a crowd", async () => {
    const events = Array.from({ length: 100 }, (_, at) => event(`e-${at}`));
    await newBus().publish(order1, events);
    for (let at = 0; at < 10; at++) await fixture.settle();
    expect(new Set(accepted).size).toBe(100);
    expect(accepted).toHaveLength(100);
  });
});
