export { type FaultContext, type FaultPoint, type FaultPoints, faultPoints } from "../ports/fault-points.js";
export type { Effect } from "./checks/evidence.js";
export {
  type ContinuedInstance,
  type ContinueOptions,
  continueHistory,
} from "./continue/continue-history.js";
export { type Fakes, refusingServices } from "./continue/refusing-services.js";
export type { WayBack } from "./explore/coverage.js";
export { type Counterexample, type ExploreReport, explore, reproduce } from "./explore/explore.js";
export {
  type Exploration,
  type ExploreOptions,
  type ExploreProgress,
  exploration,
} from "./explore/options.js";
export type { InstanceView, Invariant, WorldView } from "./explore/view.js";
export type { Fault, FaultRates } from "./fate/fate.js";
export { type FaultKind, faultKinds } from "./fate/fault-kinds.js";
export type { Story, StoryCommand, StoryEvent } from "./fate/story.js";
export type { CallRecord } from "./handlers/call-ledger.js";
export { type ExpectHistoryOptions, expectHistory } from "./history/expect-history.js";
export type { History } from "./history/history.js";
export { type RecordOptions, recordHistory } from "./history/record-history.js";
export { type ReplayReport, replayHistories } from "./history/replay-histories.js";
export { type Crash, WorkerCrash } from "./invocation.js";
export type {
  OutputAnswers,
  PlainAnswers,
  ProbeAnswers,
  Repeat,
  RunAnswers,
  WrongAnswers,
} from "./kit/answer.js";
export type { Expectation } from "./kit/expectation.js";
export { type Given, type GivenOptions, given } from "./kit/given.js";
export type { Happened } from "./kit/happened.js";
export type { HandlerName, NodeName, PartOf, StepName, UndoneName, WaitName } from "./kit/names.js";
export type { When } from "./kit/when.js";
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
export type { Replay, SimulateOptions, Wrong } from "./simulate/options.js";
export { addReports, assertEveryFaultMet, type SimulationReport } from "./simulate/report.js";
export { simulate } from "./simulate/simulate.js";
export { VirtualClock, type VirtualClockOptions, virtualEpoch } from "./virtual-clock.js";
