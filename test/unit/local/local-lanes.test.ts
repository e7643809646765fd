import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SagaError } from "../../../src/errors/saga-error.js";
import { LocalLanes } from "../../../src/local/local-lanes.js";
import type { Delivery } from "../../../src/ports/event-queue.js";
import { sampleEnvelope, sampleHead, sampleMail } from "../../contract/samples.js";
import { turns } from "../../contract/turns.js";
import { gate, type StoreFixture, storeFixture } from "./store-fixture.js";

let fixture: StoreFixture;
let lanes: LocalLanes;
let delivered: string[];
let problems: unknown[];
let work: (delivery: Delivery) => Promise<void>;
let deadLetter: (delivery: Delivery, error: unknown) => Promise<void>;

beforeEach(() => {
  fixture = storeFixture();
  const { clock, ledger } = fixture;
  [delivered, problems] = [[], []];
  work = async () => undefined;
  deadLetter = async () => undefined;
  const problem = (error: unknown) => void problems.push(error);
  lanes = new LocalLanes({ clock, ledger, problem, concurrency: 2, receivesMax: 3, redeliveryMs: 100 });
});
afterEach(async () => {
  const closing = lanes.close(0);
  await fixture.clock.settle();
  await closing;
  await fixture.close();
});

const open = () =>
  lanes.open({
    work: async (delivery) => {
      delivered.push(String((delivery.body as { id: string }).id));
      await work(delivery);
    },
    deadLetter: (delivery, error) => deadLetter(delivery, error),
  });
const taken = () => fixture.rows("SELECT saga, id FROM backstep_taken ORDER BY id").map(([, id]) => id);
describe("lanes", () => {
  test("hold what is sent before they are opened", async () => {
    await lanes.send("main", sampleEnvelope("a", 1));
    await fixture.settle();
    expect(delivered).toEqual([]);
    open();
    await fixture.settle();
    expect(delivered).toEqual(["a"]);
  });

  test("work so many groups at once, each lane by itself, the longest ready first", async () => {
    const door = gate();
    work = () => door.passed;
    open();
    for (const id of ["a", "b", "c"]) await lanes.send("main", sampleEnvelope(id, 1));
    await lanes.send("undo", sampleEnvelope("d", 1));
    await fixture.settle();
    expect(delivered).toEqual(["a", "b", "d"]);
    door.open();
    await fixture.settle();
    expect(delivered).toEqual(["a", "b", "d", "c"]);
  });

  test("say whether they hold an event of an instance, and when they hold none", async () => {
    const door = gate();
    work = () => door.passed;
    open();
    await lanes.send("main", sampleEnvelope("a", 1));
    let isIdle = false;
    const idle = lanes.idle().then(() => {
      isIdle = true;
    });
    await fixture.settle();
    expect([lanes.has("order/a"), lanes.has("order/b"), isIdle]).toEqual([true, false, false]);
    door.open();
    await idle;
    expect(lanes.has("order/a")).toBe(false);
  });

  test("tell the sender of an event when it is over, not when it failed", async () => {
    let failures = 1;
    work = async () => {
      if (failures-- > 0) throw new Error("down");
    };
    open();
    let settled = 0;
    lanes.put("main", sampleEnvelope("a", 1), () => {
      settled += 1;
    });
    await fixture.settle();
    expect(settled).toBe(0);
    await fixture.clock.advance(100);
    await fixture.settle();
    expect([settled, delivered]).toEqual([1, ["a", "a"]]);
  });
});

describe("the head of a start", () => {
  const sent = async (more: (id: string) => unknown) => {
    const heads: unknown[] = [];
    const door = gate();
    work = async ({ body, started }) => {
      if ((body as { id: string }).id === "c") heads.push(started);
      await door.passed;
    };
    open();
    for (const id of ["a", "b"]) await lanes.send("main", sampleEnvelope(id, 1));
    await lanes.send("main", sampleEnvelope("c", 0), { ...sampleHead(), rev: 1 });
    await more("c");
    await fixture.settle();
    door.open();
    await fixture.settle();
    return heads;
  };

  test("is handed on with its event", async () => {
    expect(await sent(() => undefined)).toMatchObject([{ rev: 1 }]);
  });

  test("is forgotten when anything else is sent to the instance: it has gone on", async () => {
    const command = sampleEnvelope("c", 1, { kind: "command", cause: "x" });
    expect(await sent(() => lanes.send("main", command))).toEqual([undefined, undefined]);
  });
});

describe("redelivery", () => {
  test("waits longer after each failure", async () => {
    work = () => Promise.reject(new Error("down"));
    open();
    await lanes.send("main", sampleEnvelope("a", 1));
    const counts: number[] = [];
    for (const pauseMs of [0, 99, 1, 199, 1]) {
      await fixture.clock.advance(pauseMs);
      await fixture.settle();
      counts.push(delivered.length);
    }
    expect(counts).toEqual([1, 1, 2, 2, 3]);
    expect(problems).toHaveLength(3);
  });

  test("uses up none of the lane's concurrency while it waits", async () => {
    work = ({ body }) =>
      (body as { id: string }).id < "c" ? Promise.reject(new Error("down")) : Promise.resolve();
    open();
    for (const id of ["a", "b", "c", "d"]) await lanes.send("main", sampleEnvelope(id, 1));
    await fixture.settle();
    expect(delivered).toEqual(["a", "b", "c", "d"]);
  });
});

describe("the ledger", () => {
  test("names an instance before its event is worked, and until it is over", async () => {
    const door = gate();
    let whileWorked: unknown[] = [];
    work = async () => {
      whileWorked = taken();
      await door.passed;
    };
    open();
    await lanes.send("main", sampleEnvelope("a", 1));
    await fixture.settle();
    expect(whileWorked).toEqual(["a"]);
    door.open();
    await fixture.settle();
    await fixture.written();
    expect(taken()).toEqual([]);
  });

  test("names an instance while an event of it is in work in any lane, or failed", async () => {
    const door = gate();
    work = ({ lane }) => (lane === "main" ? door.passed : Promise.reject(new Error("down")));
    open();
    await lanes.send("main", sampleEnvelope("a", 1));
    await lanes.send("undo", sampleEnvelope("a", 2));
    await fixture.settle();
    door.open();
    await fixture.settle();
    await fixture.written();
    expect(taken()).toEqual(["a"]);
    work = () => Promise.resolve();
    await fixture.clock.advance(1_000);
    await fixture.settle();
    await fixture.written();
    expect(taken()).toEqual([]);
  });

  test("does not name what only waits in a lane", async () => {
    const door = gate();
    work = () => door.passed;
    open();
    for (const id of ["a", "b", "c"]) await lanes.send("main", sampleEnvelope(id, 1));
    await fixture.settle();
    expect(taken()).toEqual(["a", "b"]);
    door.open();
  });

  test("lets nothing be worked that it could not note, and tries again", async () => {
    open();
    fixture.other.exec("BEGIN IMMEDIATE");
    await lanes.send("main", sampleEnvelope("a", 1));
    await fixture.settle();
    expect(delivered).toEqual([]);
    fixture.other.exec("COMMIT");
    await fixture.store.write(() => undefined); // comes after what could not be noted
    await fixture.settle();
    expect(delivered).toEqual(["a"]);
  });

  test("lets nothing be worked in another lane, either, that is being noted", async () => {
    open();
    fixture.other.exec("BEGIN IMMEDIATE");
    await lanes.send("main", sampleEnvelope("a", 1));
    await turns(2);
    await lanes.send("undo", sampleEnvelope("a", 2));
    await fixture.settle();
    expect(delivered).toEqual([]);
    fixture.other.exec("COMMIT");
    await fixture.store.write(() => undefined);
    await fixture.settle();
    expect(delivered).toEqual(["a", "a"]);
  });

  test("clears the mark of a domain event whose wake was worked", async () => {
    const ref = { saga: "order", id: "a" };
    await fixture.store.create(sampleHead(ref));
    await fixture.store.putMail(ref, sampleMail("e-1"));
    await fixture.store.putMail(ref, sampleMail("e-2"));
    open();
    await lanes.send("main", sampleEnvelope("a", 1, { kind: "mail", cause: "e-1" }));
    await fixture.settle();
    await fixture.written();
    expect(fixture.rows("SELECT event_id FROM backstep_mail WHERE unseen = 1")).toEqual([["e-2"]]);
  });
});

describe("what cannot be worked", () => {
  test("is kept in the table of dead letters once its instance was parked", async () => {
    work = () => Promise.reject(new Error("down"));
    const given: unknown[] = [];
    deadLetter = async ({ receives }, error) => void given.push([receives, String(error)]);
    open();
    await lanes.send("main", sampleEnvelope("a", 1));
    for (let at = 0; at < 4; at++) {
      await fixture.clock.advance(1_000);
      await fixture.settle();
    }
    expect(given).toEqual([[3, "Error: down"]]);
    const letters = fixture.rows("SELECT lane, saga, id, receives, error FROM backstep_dead_letters");
    expect(letters).toEqual([["main", "order", "a", 3, "Error: down"]]);
    expect(taken()).toEqual([]);
  });

  test("is let go, and kept, when nobody can park its instance either", async () => {
    work = () => Promise.reject(new Error("down"));
    deadLetter = () => Promise.reject(new Error("the journal is corrupt"));
    open();
    await lanes.send("main", sampleEnvelope("a", 1));
    for (let at = 0; at < 10; at++) {
      await fixture.clock.advance(1_000);
      await fixture.settle();
    }
    expect(fixture.rows("SELECT error FROM backstep_dead_letters")).toEqual([
      ["Error: the journal is corrupt"],
    ]);
    expect(lanes.has("order/a")).toBe(false);
  });

  test("is put into quarantine at once if it is no event", async () => {
    work = () => Promise.reject(new SagaError("ENVELOPE_INVALID", 'A message is no envelope: "v" is 2.'));
    open();
    const envelope = sampleEnvelope("a", 1);
    await lanes.send("main", envelope);
    await fixture.settle();
    await fixture.written();
    const [row] = fixture.rows("SELECT lane, body FROM backstep_quarantine");
    expect(row).toEqual(["main", JSON.stringify(envelope)]);
    expect([delivered.length, lanes.has("order/a")]).toEqual([1, false]);
  });
});

describe("closing", () => {
  test("lets go of what was noted and not begun", async () => {
    open();
    await lanes.send("main", sampleEnvelope("a", 1));
    await turns(1);
    expect(await lanes.close(1_000)).toBe(true);
    await fixture.written();
    expect([delivered, taken()]).toEqual([[], []]);
  });

  test("waits for what is being worked and delivers nothing more", async () => {
    const door = gate();
    work = () => door.passed;
    open();
    for (const id of ["a", "b", "c"]) await lanes.send("main", sampleEnvelope(id, 1));
    await fixture.settle();
    const closing = lanes.close(1_000);
    door.open();
    expect(await closing).toBe(true);
    await fixture.settle();
    expect(delivered).toEqual(["a", "b"]);
  });

  test("does not wait longer than it was told; what is still being worked stays named", async () => {
    work = () => new Promise(() => undefined);
    open();
    await lanes.send("main", sampleEnvelope("a", 1));
    await fixture.settle();
    const closing = lanes.close(1_000);
    await fixture.clock.advance(1_000);
    expect(await closing).toBe(false);
    expect(taken()).toEqual(["a"]);
  });
});
