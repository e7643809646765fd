import { LocalTimerQueue } from "../../src/local/local-timer-queue.js";
import { VirtualClock } from "../../src/testing/virtual-clock.js";
import { type ArrivedWake, describeTimerQueue } from "./timer-queue.contract.js";

describeTimerQueue("LocalTimerQueue", async () => {
  const clock = new VirtualClock();
  const arrived: ArrivedWake[] = [];
  const queue = {
    send: async (lane: string, envelope: ArrivedWake["envelope"]) => {
      arrived.push({ lane, envelope, at: clock.now() });
    },
  };
  return {
    timers: new LocalTimerQueue({ clock, queue }),
    now: () => clock.now(),
    pass: (ms) => clock.advance(ms),
    arrived: () => arrived,
  };
});
