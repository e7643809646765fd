export { SystemClock } from "../system/system-clock.js";
export { SystemIds } from "../system/system-ids.js";
export type { EngineSettings } from "./engine-core.js";
export type { EngineProcess } from "./engine-lock.js";
export { type LocalClient, type LocalClientOptions, openLocalClient } from "./local-client.js";
export {
  type LocalDatabase,
  type LocalDatabaseOptions,
  type LocalStatement,
  openLocalDatabase,
} from "./local-database.js";
export {
  createLocalEngine,
  type LocalEngine,
  type LocalEngineOptions,
  storeFileDefault,
} from "./local-engine.js";
export { LocalGuardStore } from "./local-guard-store.js";
export type { LaneSettings } from "./local-lanes.js";
export { createLocalSagaStore, LocalSagaStore } from "./local-saga-store.js";
export type { SqlChanges, SqlValue } from "./raw-database.js";
