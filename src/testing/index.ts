export { type FaultContext, type FaultPoint, type FaultPoints, faultPoints } from "../ports/fault-points.js";
export { type Crash, WorkerCrash } from "./invocation.js";
export { MemoryEventBus, type MemoryEventBusOptions, type PublishedRecord } from "./memory-event-bus.js";
export {
  type DeadLetter,
  deduplicationMs,
  type LaneWorker,
  MemoryLanes,
  type MemoryLanesOptions,
} from "./memory-lanes.js";
export { MemorySagaStore } from "./memory-saga-store.js";
export { MemoryTimerQueue, type PendingWake } from "./memory-timer-queue.js";
export { createMemoryWorld, type MemoryWorld, type MemoryWorldOptions } from "./memory-world.js";
export { SeededIds } from "./seeded-ids.js";
export { VirtualClock, virtualEpoch } from "./virtual-clock.js";
