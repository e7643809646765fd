import type { Operator } from "../../runtime/operate/operator.js";
import { type LocalClientOptions, openLocalPorts } from "../local-client.js";
import { checkStore } from "./check-store.js";
import { LocalLaneDesk } from "./local-lane-desk.js";
import { LocalOperatorStore } from "./local-operator-store.js";

/** An operator of a store of this machine, beside the engine that works it. */
export interface LocalOperator extends Operator {
  close(): Promise<void>;
}

/**
 * Opens a store for operating, beside the engine that works it.
 * @throws SagaError STORE_UNREADABLE, VERSION_CONFLICT
 */
export function openLocalOperator(options: LocalClientOptions = {}): LocalOperator {
  const { engine, ...ports } = openLocalPorts(options);
  const hasEngine = () => engine() !== undefined;
  const { store, clock, registry } = ports;
  return {
    ...ports,
    records: new LocalOperatorStore(store),
    desk: new LocalLaneDesk({ store, clock, hasEngine, lanes: registry.lanes }),
    deployed: async () => undefined,
    checkup: async () => checkStore(store, { hasEngine: hasEngine(), now: clock.now() }),
    close: () => store.close(),
  };
}
