import { MemoryLanes } from "../../src/testing/memory-lanes.js";
import { VirtualClock } from "../../src/testing/virtual-clock.js";
import { describeEventQueue } from "./event-queue.contract.js";

describeEventQueue("MemoryLanes", async (worker) => {
  const clock = new VirtualClock();
  const visibilityMs = 60_000;
  const lanes = new MemoryLanes({ clock, visibilityMs, receivesMax: 4 });
  lanes.workedBy(worker);
  return {
    queue: lanes,
    receivesMax: 4,
    settle: () => clock.settle(),
    redeliver: () => clock.advance(visibilityMs),
  };
});
