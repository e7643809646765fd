import { createLaneHandler } from "backstep/aws";
import config from "../backstep.config.js";

/** Works the events of a lane: behind each lane's queue. */
export const handler = createLaneHandler(config);
