import type { Place } from "../../runtime/operate/instance-facts.js";
import type { Session } from "../session.js";

/** Where a command looks. */
export function placeOf({ options }: Session): Place {
  return { isStage: options.stage !== undefined };
}
