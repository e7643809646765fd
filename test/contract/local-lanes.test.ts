import { LaneLedger } from "../../src/local/lane-ledger.js";
import { LocalLanes } from "../../src/local/local-lanes.js";
import { createLocalSagaStore } from "../../src/local/local-saga-store.js";
import { VirtualClock } from "../../src/testing/virtual-clock.js";
import { describeEventQueue } from "./event-queue.contract.js";
import { temporaryFolder } from "./temporary-folder.js";
import { turns } from "./turns.js";

const redeliveryMs = 100;
const receivesMax = 4;

describeEventQueue("LocalLanes", async (worker) => {
  const folder = temporaryFolder();
  const clock = new VirtualClock();
  const store = createLocalSagaStore(folder.file("store.db"));
  const ledger = new LaneLedger(store, clock);
  const lanes = new LocalLanes({ clock, ledger, receivesMax, redeliveryMs, redeliveryMsMax: redeliveryMs });
  lanes.open(worker);
  const settle = async (): Promise<void> => {
    await turns(200);
    await clock.settle();
  };
  return {
    queue: lanes,
    receivesMax,
    settle,
    redeliver: async () => {
      await clock.advance(redeliveryMs);
      await settle();
    },
    close: async () => {
      await lanes.close(0);
      ledger.close();
      await store.close();
      folder.remove();
    },
  };
});
