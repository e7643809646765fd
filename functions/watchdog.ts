import { createWatchdogHandler } from "backstep/aws";
import config from "../backstep.config.js";

/** Wakes whatever is late: once a minute. */
export const handler = createWatchdogHandler(config);
