/**
 * The public door: everything that a file in `sagas/`, a service or a client imports from `backstep`.
 * The embedded engine is `backstep/local`, what tests use is `backstep/testing`.
 */

export type { StepResult } from "./core/definition/builder-parts.js";
export type { EarlierResults, SagaBuilder, SagaHead } from "./core/definition/builder-types.js";
export type {
  CompensateContext,
  CompensatedContext,
  HandlerContext,
  LateContext,
  Log,
  MappingContext,
  ProbeContext,
  RunContext,
  SharedCompensateContext,
  SharedRunContext,
  TakeBackContext,
  TerminatedContext,
  WaitCompensateContext,
} from "./core/definition/contexts.js";
export {
  type BackstepConfig,
  type ConfigOptions,
  defineConfig,
  type Lanes,
} from "./core/definition/define-config.js";
export {
  defineEvent,
  type EventPayload,
  type EventPayloadInput,
} from "./core/definition/define-event.js";
export { defineSaga, type SagaOptions } from "./core/definition/define-saga.js";
export { defineStep, type SharedStep } from "./core/definition/define-step.js";
export { type Needs, type NoServices, needs } from "./core/definition/needs.js";
export type { AnySaga, EventDefinition } from "./core/definition/nodes.js";
export type {
  Backoff,
  OnTimeout,
  Permission,
  RetryOptions,
  StepRetryOptions,
} from "./core/definition/options.js";
export type {
  SagaDefinition,
  SagaInput,
  SagaOutput,
  SagaServices,
} from "./core/definition/saga-definition.js";
export type { NoOutput, ProbeResult } from "./core/definition/step-options.js";
export type { TaggedEvent } from "./core/definition/wait-options.js";
export type { Duration } from "./core/duration.js";
export type {
  Actor,
  Change,
  ErrorInfo,
  JournalEntry,
  Mail,
  Origin,
  ParkReason,
  PublishedEvent,
} from "./core/journal/entry.js";
export { fold } from "./core/journal/evolve.js";
export type { BackwardReason } from "./core/journal/reason.js";
export type { InstanceState, Status, StepRecord, StepState } from "./core/journal/state.js";
export { isOver, statusOf, stepStateOf } from "./core/journal/status.js";
export type { Json, JsonObject } from "./core/json.js";
export { compile } from "./core/plan/compile.js";
export type { SagaPlan } from "./core/plan/plan.js";
export type { AwsSettings, LaneSettings } from "./core/topology/aws-settings.js";
export { type CatalogueEntry, type ErrorCode, errorCatalogue } from "./errors/catalogue.js";
export { isSagaError, isStepRefused, SagaError, StepRefused } from "./errors/saga-error.js";
export type { LogLine, Observer } from "./ports/observer.js";
export type { Head, InstanceRef, ListPage, ListQuery, LoadedInstance } from "./ports/saga-store.js";
export type { CommandOptions, Instance, SagaClient, Signalled, Started } from "./runtime/client.js";
