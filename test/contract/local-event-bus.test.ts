import type { PublishedEvent } from "../../src/core/journal/entry.js";
import { LocalEventBus } from "../../src/local/local-event-bus.js";
import { createLocalSagaStore } from "../../src/local/local-saga-store.js";
import { VirtualClock } from "../../src/testing/virtual-clock.js";
import { describeEventBus } from "./event-bus.contract.js";
import { temporaryFolder } from "./temporary-folder.js";
import { turns } from "./turns.js";

describeEventBus("LocalEventBus", async () => {
  const folder = temporaryFolder();
  const store = createLocalSagaStore(folder.file("store.db"));
  const received: PublishedEvent[] = [];
  const accept = async (event: PublishedEvent): Promise<void> => {
    received.push(event);
  };
  const bus = new LocalEventBus({ store, clock: new VirtualClock(), accept, isAwaited: () => true });
  return {
    bus,
    received: async () => {
      await turns(50);
      return received;
    },
    close: async () => {
      await bus.close();
      await store.close();
      folder.remove();
    },
  };
});
