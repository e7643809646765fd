import { VirtualClock } from "../../src/testing/virtual-clock.js";
import { describeClock } from "./clock.contract.js";

describeClock("VirtualClock", () => {
  const clock = new VirtualClock();
  return { clock, pass: (ms) => clock.advance(ms) };
});
