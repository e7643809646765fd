import { setTimeout as sleep } from "node:timers/promises";
import { ClockScope, SystemClock } from "../../src/system/system-clock.js";
import { VirtualClock } from "../../src/testing/virtual-clock.js";
import { describeClock } from "./clock.contract.js";

describeClock("SystemClock", () => ({
  clock: new SystemClock(),
  // A timer of the machine may be early by a millisecond, and its callbacks come a turn later.
  pass: (ms) => sleep(ms + 5),
}));

describeClock("ClockScope", () => {
  const clock = new VirtualClock();
  return { clock: new ClockScope(clock), pass: (ms) => clock.advance(ms) };
});
