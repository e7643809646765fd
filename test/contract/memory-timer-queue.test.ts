import { MemoryTimerQueue } from "../../src/testing/memory-timer-queue.js";
import { VirtualClock } from "../../src/testing/virtual-clock.js";
import { type ArrivedWake, describeTimerQueue } from "./timer-queue.contract.js";

describeTimerQueue("MemoryTimerQueue", async () => {
  const clock = new VirtualClock();
  const arrived: ArrivedWake[] = [];
  const lanes = {
    send: async (lane: string, envelope: ArrivedWake["envelope"]) => {
      arrived.push({ lane, envelope, at: clock.now() });
    },
  };
  return {
    timers: new MemoryTimerQueue({ clock, lanes }),
    now: () => clock.now(),
    pass: (ms) => clock.advance(ms),
    arrived: () => arrived,
  };
});
