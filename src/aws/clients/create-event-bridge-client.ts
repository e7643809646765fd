import { EventBridgeClient, type EventBridgeClientConfig } from "@aws-sdk/client-eventbridge";
import { clientDefaults } from "./client-defaults.js";
import { limitCalls } from "./limit-calls.js";

/**
 * Makes a tuned client for EventBridge.
 * @param config goes before our defaults
 */
export function createEventBridgeClient(config: EventBridgeClientConfig = {}): EventBridgeClient {
  return limitCalls(new EventBridgeClient({ ...clientDefaults, ...config }));
}
