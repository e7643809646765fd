import { createDeadLetterHandler } from "backstep/aws";
import config from "../backstep.config.js";

/** Parks what was delivered too often: behind the dead-letter queues. */
export const handler = createDeadLetterHandler(config);
