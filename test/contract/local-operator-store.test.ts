import type { PublishedEvent } from "../../src/core/journal/entry.js";
import { LaneLedger } from "../../src/local/lane-ledger.js";
import { LocalEventBus } from "../../src/local/local-event-bus.js";
import { createLocalSagaStore } from "../../src/local/local-saga-store.js";
import { LocalOperatorStore } from "../../src/local/operate/local-operator-store.js";
import { VirtualClock } from "../../src/testing/virtual-clock.js";
import { describeOperatorStore } from "./operator-store.contract.js";
import { sampleEnvelope } from "./samples.js";
import { temporaryFolder } from "./temporary-folder.js";

describeOperatorStore({
  name: "LocalOperatorStore",
  open: async () => {
    const folder = temporaryFolder();
    const store = createLocalSagaStore(folder.file("store.db"));
    const clock = new VirtualClock();
    const bus = new LocalEventBus({ store, clock, accept: async () => undefined, isAwaited: () => false });
    return {
      store,
      records: new LocalOperatorStore(store),
      keep: async ({ kind, at, source: lane, reason, body, instance, receives }) => {
        const ledger = new LaneLedger(store, new VirtualClock(at));
        const error = { toString: () => reason };
        if (kind === "unreadable") ledger.quarantine(lane, body, error);
        else {
          const envelope = { ...sampleEnvelope("", 1), ...instance, toJSON: () => JSON.parse(body) };
          ledger.deadLetter({ lane, body: envelope, receives }, envelope, error);
        }
        ledger.close();
        await store.write(() => undefined); // in its turn
      },
      publish: (ref, ids) =>
        bus.publish(
          ref,
          ids.map((id): PublishedEvent => ({ id, event: "order.completed", payload: {} })),
        ),
      close: async () => {
        await bus.close();
        await store.close();
        folder.remove();
      },
    };
  },
});
