import { errorFields, type FunctionLog } from "./function-log.js";
import { aboutRecord } from "./keep-message.js";
import type { QueueRecord } from "./queue-event.js";

/** Says in the log which record of a group failed, and why. What is left behind it did not. */
export function logLeft(log: FunctionLog, message: string) {
  return async ([failed]: readonly QueueRecord[], error?: unknown): Promise<void> => {
    if (failed === undefined) return;
    log({ level: "error", message, ...aboutRecord(failed), ...errorFields(error) });
  };
}
