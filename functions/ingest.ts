import { createIngestHandler } from "backstep/aws";
import config from "../backstep.config.js";

/** Takes domain events for the sagas that wait for them: behind a rule of the bus, or a queue of it. */
export const handler = createIngestHandler(config);
