import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PublishedEvent } from "../../src/core/journal/entry.js";
import type { EventBus } from "../../src/ports/event-bus.js";
import { order1 } from "./samples.js";

/** An event bus of its own for one test. */
export interface OpenedEventBus {
  readonly bus: EventBus;
  /** What its receivers got so far, once everything due has happened. */
  received(): Promise<readonly PublishedEvent[]>;
  close?(): void | Promise<void>;
}

/** What every `EventBus` promises. */
export function describeEventBus(name: string, open: () => Promise<OpenedEventBus>): void {
  describe(`${name} as an EventBus`, () => {
    let opened: OpenedEventBus;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close?.());

    const completed: PublishedEvent = {
      id: "order/o-1/7/0",
      event: "order.completed",
      payload: { orderId: "o-1" },
    };
    const archived: PublishedEvent = {
      id: "order/o-1/7/1",
      event: "order.archived",
      payload: ["naïve 🫖", null, 1.5],
    };

    test("brings every event to its receivers with id, name and payload as they were", async () => {
      await opened.bus.publish(order1, [completed, archived]);
      const received = await opened.received();
      expect(received).toContainEqual(completed);
      expect(received).toContainEqual(archived);
    });

    test("keeps what was published, whatever the publisher does to it afterwards", async () => {
      const payload = { orderId: "o-1" };
      await opened.bus.publish(order1, [{ ...completed, payload }]);
      payload.orderId = "o-2";
      expect(await opened.received()).toEqual([completed]);
    });

    test("takes none at all", async () => {
      await opened.bus.publish(order1, []);
      expect(await opened.received()).toEqual([]);
    });

    test("brings a second copy, if any, under the same id", async () => {
      await opened.bus.publish(order1, [completed]);
      await opened.bus.publish(order1, [completed]);
      const ids = (await opened.received()).map(({ id }) => id);
      expect(new Set(ids)).toEqual(new Set([completed.id]));
    });
  });
}
