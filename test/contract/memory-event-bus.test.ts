import type { PublishedEvent } from "../../src/core/journal/entry.js";
import { MemoryEventBus } from "../../src/testing/memory-event-bus.js";
import { VirtualClock } from "../../src/testing/virtual-clock.js";
import { describeEventBus } from "./event-bus.contract.js";

describeEventBus("MemoryEventBus", async () => {
  const clock = new VirtualClock();
  const received: PublishedEvent[] = [];
  const accept = async (event: PublishedEvent): Promise<void> => {
    received.push(event);
  };
  return {
    bus: new MemoryEventBus({ clock, accept }),
    received: async () => {
      await clock.settle();
      return received;
    },
  };
});
