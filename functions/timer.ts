import { createTimerHandler } from "backstep/aws";
import config from "../backstep.config.js";

/** Hands timers that are due to their lanes: behind the timer queue. */
export const handler = createTimerHandler(config);
