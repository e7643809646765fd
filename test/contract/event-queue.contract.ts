import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Envelope, groupOf, parseEnvelope } from "../../src/core/envelope.js";
import type { Delivery, EventQueue } from "../../src/ports/event-queue.js";
import { sampleEnvelope } from "./samples.js";

/** What works the lanes in these tests. */
export interface TestWorker {
  work(delivery: Delivery): Promise<void>;
  deadLetter(delivery: Delivery, error: unknown): Promise<void>;
}

/** Lanes of their own for one test. */
export interface OpenedLanes {
  readonly queue: EventQueue;
  /** Deliveries of one event before it is a dead letter. */
  readonly receivesMax: number;
  /** Why whoever takes a dead letter does not learn what the last worker said. */
  readonly losesErrors?: string;
  /** Lets everything happen that is due now. */
  settle(): Promise<void>;
  /**
   * Lets the time pass after which a failed delivery is made again, and everything happen that is then due.
   */
  redeliver(): Promise<void>;
  close?(): void | Promise<void>;
}

/** What every `EventQueue`, with the lanes behind it, promises. */
export function describeEventQueue(name: string, open: (worker: TestWorker) => Promise<OpenedLanes>): void {
  describe(`${name} as an EventQueue`, () => {
    let lanes: OpenedLanes;
    let worker: RecordingWorker;
    beforeEach(async () => {
      worker = new RecordingWorker();
      lanes = await open(worker);
    });
    afterEach(async () => {
      expect(worker.overlaps).toEqual([]);
      await lanes.close?.();
    });

    const send = async (...envelopes: Envelope[]): Promise<void> => {
      for (const envelope of envelopes) await lanes.queue.send("main", envelope);
    };
    const [a1, a2, a3] = [1, 2, 3].map((seq) => sampleEnvelope("a", seq)) as [Envelope, Envelope, Envelope];
    const [b1, b2] = [1, 2].map((seq) => sampleEnvelope("b", seq)) as [Envelope, Envelope];

    describe("delivery", () => {
      test("brings the envelope to its lane as it was sent, as the first of its deliveries", async () => {
        const envelope = sampleEnvelope("a", 3, {
          kind: "mail",
          cause: "e-1",
          gen: 2,
          hops: 4,
          traceparent: "00-1-2-01",
        });
        await lanes.queue.send("orders", envelope);
        await lanes.settle();
        expect(worker.deliveries).toEqual([{ lane: "orders", body: envelope, receives: 1 }]);
        expect(parseEnvelope(worker.deliveries[0]?.body)).toEqual(envelope);
      });

      test("is not made again once it was acknowledged", async () => {
        await send(a1);
        await lanes.settle();
        await lanes.redeliver();
        expect(worker.names).toEqual(["a1"]);
      });

      test("keeps what was sent, whatever the sender does to its envelope afterwards", async () => {
        const envelope = { ...a1 };
        await send(envelope);
        envelope.seq = 99;
        await lanes.settle();
        expect(worker.deliveries[0]?.body).toEqual(a1);
      });

      test("tells events apart by kind, cause and generation", async () => {
        const resent = { ...a1, gen: 1 };
        const timer = { ...a1, kind: "timer" as const };
        await send(a1, resent, timer, a2);
        await lanes.settle();
        expect(worker.deliveries.map(({ body }) => body)).toEqual([a1, resent, timer, a2]);
      });

      test("may swallow an event sent twice, but not both", async () => {
        await send(a1, a1);
        await lanes.settle();
        expect(new Set(worker.names)).toEqual(new Set(["a1"]));
      });

      test("reaches what a worker sends while it works, also to its own group", async () => {
        worker.onWork = async (envelope) => {
          if (envelope.seq < 5) await lanes.queue.send("main", sampleEnvelope("a", envelope.seq + 1));
        };
        await send(a1);
        await lanes.settle();
        expect(worker.names).toEqual(["a1", "a2", "a3", "a4", "a5"]);
      });
    });

    describe("a group", () => {
      test("is worked in the order in which it was sent", async () => {
        const many = Array.from({ length: 30 }, (_, at) => sampleEnvelope("a", at + 1));
        await send(...many);
        await lanes.settle();
        expect(worker.deliveries.map(({ body }) => body)).toEqual(many);
      });

      test("has one event in flight; the next follows when that is acknowledged", async () => {
        worker.hold("a1", "a2");
        await send(a1, a2, a3);
        await lanes.settle();
        expect(worker.names).toEqual(["a1"]);
        worker.release("a1");
        await lanes.settle();
        expect(worker.names).toEqual(["a1", "a2"]);
        worker.release("a2");
        await lanes.settle();
        expect(worker.names).toEqual(["a1", "a2", "a3"]);
      });

      test("does not wait for another", async () => {
        worker.hold("a1");
        await send(a1, a2, b1, b2);
        await lanes.settle();
        expect(worker.names.toSorted()).toEqual(["a1", "b1", "b2"]);
        worker.release("a1");
        await lanes.settle();
        expect(worker.names.at(-1)).toBe("a2");
      });

      test("of one lane does not wait for the same group of another", async () => {
        worker.hold("a1");
        await lanes.queue.send("main", a1);
        await lanes.queue.send("undo", a2);
        await lanes.settle();
        expect(worker.deliveries.map(({ lane }) => lane).toSorted()).toEqual(["main", "undo"]);
        worker.release("a1");
        await lanes.settle();
      });
    });

    describe("a rejected delivery", () => {
      test("is made again, counted, and before what was sent later to its group", async () => {
        worker.fail("a1", 2);
        await send(a1, a2);
        await lanes.settle();
        await lanes.redeliver();
        await lanes.redeliver();
        expect(worker.names).toEqual(["a1", "a1", "a1", "a2"]);
        expect(worker.deliveries.map(({ receives }) => receives)).toEqual([1, 2, 3, 1]);
      });

      test("does not hold up another group", async () => {
        worker.fail("a1", 1);
        await send(a1, b1);
        await lanes.settle();
        expect(worker.names.toSorted()).toEqual(["a1", "b1"]);
      });
    });

    describe("a dead letter", () => {
      const exhaust = async (): Promise<void> => {
        await lanes.settle();
        for (let receives = 0; receives < lanes.receivesMax; receives++) await lanes.redeliver();
      };

      test("is what was delivered in vain as often as the lane allows; its group goes on", async () => {
        worker.fail("a1", Number.POSITIVE_INFINITY);
        await send(a1, a2);
        await exhaust();
        const attempts = Array.from({ length: lanes.receivesMax }, () => "a1");
        expect(worker.names).toEqual([...attempts, "a2"]);
        expect(worker.deadLetters).toMatchObject([{ lane: "main", body: a1 }]);
        // A dead-letter queue may count its own deliveries, too.
        expect(worker.deadLetters[0]?.receives).toBeGreaterThanOrEqual(lanes.receivesMax);
      });

      test("is handed over with what the last worker said", async ({ skip }) => {
        skip(lanes.losesErrors !== undefined, lanes.losesErrors);
        worker.fail("a1", Number.POSITIVE_INFINITY);
        await send(a1);
        await exhaust();
        expect(worker.deadLetterErrors).toEqual([new Error("a1 failed")]);
      });

      test("is handed over again if nobody took it", async () => {
        worker.fail("a1", Number.POSITIVE_INFINITY);
        worker.deadLetterFailures = 1;
        await send(a1);
        await exhaust();
        await lanes.redeliver();
        expect(worker.deadLetters).toHaveLength(2);
        await lanes.redeliver();
        expect(worker.deadLetters).toHaveLength(2);
      });
    });

    test("works a crowd of groups to the end, each in order, though deliveries fail", async () => {
      const groups = Array.from({ length: 40 }, (_, at) => `g-${at}-`);
      for (const [at, group] of groups.entries()) worker.fail(`${group}${1 + (at % 5)}`, at % 3);
      for (const seq of [1, 2, 3, 4, 5]) {
        await Promise.all(groups.map((group) => lanes.queue.send("main", sampleEnvelope(group, seq))));
      }
      await lanes.settle();
      await lanes.redeliver();
      await lanes.redeliver();
      for (const group of groups) {
        const acknowledged = worker.acknowledged.filter((event) => event.startsWith(group));
        expect(acknowledged).toEqual([1, 2, 3, 4, 5].map((seq) => `${group}${seq}`));
      }
    });
  });
}

/**
 * Remembers deliveries, and holds or fails them as told. An event's name is its instance and number: `a1`.
 */
class RecordingWorker implements TestWorker {
  readonly deliveries: Delivery[] = [];
  readonly deadLetters: Delivery[] = [];
  readonly deadLetterErrors: unknown[] = [];
  readonly acknowledged: string[] = [];
  /** Events that were handed out while another of their group was in flight. */
  readonly overlaps: string[] = [];
  deadLetterFailures = 0;
  onWork: (envelope: Envelope) => Promise<void> = async () => undefined;
  readonly #inFlight = new Set<string>();
  readonly #held = new Map<string, PromiseWithResolve>();
  readonly #failures = new Map<string, number>();

  get names(): string[] {
    return this.deliveries.map(({ body }) => nameOf(parseEnvelope(body)));
  }

  hold(...names: string[]): void {
    for (const name of names) this.#held.set(name, promiseWithResolve());
  }

  release(name: string): void {
    this.#held.get(name)?.resolve();
  }

  fail(name: string, times: number): void {
    this.#failures.set(name, times);
  }

  async work(delivery: Delivery): Promise<void> {
    const envelope = parseEnvelope(delivery.body);
    const name = nameOf(envelope);
    const group = `${delivery.lane} ${groupOf(envelope)}`;
    this.deliveries.push(delivery);
    if (this.#inFlight.has(group)) this.overlaps.push(name);
    this.#inFlight.add(group);
    try {
      await this.#held.get(name)?.promise;
      const failures = this.#failures.get(name) ?? 0;
      this.#failures.set(name, failures - 1);
      if (failures > 0) throw new Error(`${name} failed`);
      await this.onWork(envelope);
      this.acknowledged.push(name);
    } finally {
      this.#inFlight.delete(group);
    }
  }

  async deadLetter(delivery: Delivery, error: unknown): Promise<void> {
    this.deadLetters.push(delivery);
    this.deadLetterErrors.push(error);
    this.deadLetterFailures -= 1;
    if (this.deadLetterFailures >= 0) throw new Error("nobody took it");
  }
}

interface PromiseWithResolve {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

function promiseWithResolve(): PromiseWithResolve {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

function nameOf({ id, seq }: Envelope): string {
  return `${id}${seq}`;
}
