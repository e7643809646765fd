import { SagaError } from "../../errors/saga-error.js";
import type { Lanes } from "../definition/define-config.js";
import type { AnySaga, DefinitionNode, StepNode, WaitNode } from "../definition/nodes.js";
import type { RetryOptions } from "../definition/options.js";
import { durationMs } from "../duration.js";
import { fingerprint } from "./fingerprint.js";
import type { CompensationPlan, PlanNode, RetryPlan, SagaPlan, StepPlan, WaitPlan } from "./plan.js";

/** What a deployment says about how sagas run. May change under running instances. */
export interface CompileSettings {
  /** Default `"shared"`: one lane, `main`. A step's own `lane` goes before it. */
  readonly lanes?: Lanes;
  /** Whether a worker goes on to the next step of its lane in the same invocation. Default true. */
  readonly fuse?: boolean;
  /** The longest that a worker's invocation can live, milliseconds. Default 30,000. */
  readonly workerTimeoutMs?: number;
}

const stepTimeoutDefaultMs = 10_000;
const workerTimeoutDefaultMs = 30_000;
const attemptsDefault = 5;

/** Compiles a saga into the plan that `decide` reads. */
export function compile(saga: AnySaga, settings: CompileSettings = {}): SagaPlan {
  if (saga?.kind !== "saga") {
    throw new SagaError("DEFINITION_INVALID", "What was given as a saga is not one.", {
      fix: "Finish the definition with .build().",
    });
  }
  const lanes = settings.lanes ?? "shared";
  const home = lanes === "shared" ? "main" : saga.name;
  const context: Context = {
    laneOf: (step) => (lanes === "per-step" ? `${saga.name}-${step}` : home),
    fuse: settings.fuse ?? true,
    pivot: saga.nodes.findIndex(({ kind }) => kind === "pivot"),
  };
  const nodes = saga.nodes.map((node, at) => compileNode(node, context, isAfterPivot(context, at)));
  const emits = Object.entries(saga.onEnd).map(([status, { event }]) => [status, event.name]);
  return {
    formatVersion: 1,
    saga: saga.name,
    version: saga.version,
    fingerprint: fingerprint(saga),
    deadlineMs: saga.deadline === undefined ? null : durationMs(saga.deadline, `deadline of "${saga.name}"`),
    lane: firstLane(nodes) ?? home,
    workerTimeoutMs: settings.workerTimeoutMs ?? workerTimeoutDefaultMs,
    nodes,
    end: { output: saga.result !== undefined, emits: Object.fromEntries(emits) },
  };
}

interface Context {
  readonly laneOf: (step: string) => string;
  readonly fuse: boolean;
  /** The pivot's index among the top-level nodes; -1 where there is none. */
  readonly pivot: number;
}

function isAfterPivot({ pivot }: Context, at: number): boolean {
  return pivot >= 0 && at > pivot;
}

function compileNode(node: DefinitionNode, context: Context, afterPivot: boolean): PlanNode {
  const branch = (nodes: readonly DefinitionNode[]) =>
    nodes.map((inner) => compileNode(inner, context, afterPivot));
  switch (node.kind) {
    case "step":
    case "pivot":
      return compileStep(node, context, afterPivot || node.kind === "pivot");
    case "wait":
      return compileWait(node, context, afterPivot);
    case "sleep": {
      const { name, duration } = node;
      const forMs = "until" in duration ? null : durationMs(duration, `duration of sleep "${name}"`);
      return { kind: "sleep", name, forMs };
    }
    case "emit": {
      const { name, event, takeBack } = node;
      const back = takeBack === undefined || takeBack === "none" ? null : takeBack.event.name;
      return { kind: "emit", name, event: event.name, takeBack: back };
    }
    case "parallel":
      return { kind: "parallel", name: node.name, branches: node.branches.map(branch) };
    case "choice":
      return { kind: "choice", name: node.name, branches: [branch(node.then), branch(node.otherwise)] };
  }
}

function compileStep(node: StepNode, context: Context, final: boolean): StepPlan {
  const { kind, name, retry } = node;
  const refused = retry?.refused ?? [];
  return {
    kind,
    name,
    lane: node.lane ?? context.laneOf(name),
    compensation: final ? "forbidden" : compensationOf(node.compensate),
    compensateRetry: compileRetry(node.compensateRetry, name),
    timeoutMs: timeoutOf(node),
    retry: node.atMostOnce ? { ...compileRetry(retry, name), attempts: 1 } : compileRetry(retry, name),
    refusedRetryMs: refused.map((pause) => durationMs(pause, `retry.refused of step "${name}"`)),
    probe: node.probe !== undefined,
    atMostOnce: node.atMostOnce,
    optional: node.optional,
    hasOutput: node.output !== undefined,
    fuse: node.fuse ?? context.fuse,
  };
}

function compileWait(node: WaitNode, context: Context, afterPivot: boolean): WaitPlan {
  const { name, within, compensate } = node;
  const events = Object.entries(node.events).map(([tag, { event }]) => [tag, event.name]);
  return {
    kind: "wait",
    name,
    lane: node.lane ?? context.laneOf(name),
    compensation: afterPivot ? "forbidden" : compensationOf(compensate),
    compensateRetry: compileRetry(node.compensateRetry, name),
    timeoutMs: timeoutOf(node),
    events: Object.fromEntries(events),
    withinMs: within === undefined ? null : durationMs(within, `within of wait "${name}"`),
    onTimeout: node.onTimeout,
    late: node.onLate !== undefined,
  };
}

function compensationOf(compensate: StepNode["compensate"]): CompensationPlan {
  return typeof compensate === "function" ? "handler" : (compensate ?? "none");
}

function timeoutOf({ name, timeout }: StepNode | WaitNode): number {
  return timeout === undefined ? stepTimeoutDefaultMs : durationMs(timeout, `timeout of "${name}"`);
}

function compileRetry(retry: RetryOptions | undefined, name: string): RetryPlan {
  const { initial, factor, max, jitter } = retry?.backoff ?? {};
  const attempts = retry?.attempts ?? attemptsDefault;
  return {
    attempts: attempts === "unlimited" ? null : attempts,
    initialMs: durationMs(initial ?? { seconds: 1 }, `retry.backoff.initial of "${name}"`),
    factor: factor ?? 2,
    maxMs: durationMs(max ?? { minutes: 1 }, `retry.backoff.max of "${name}"`),
    jitter: jitter ?? 0.2,
  };
}

function firstLane(nodes: readonly PlanNode[]): string | undefined {
  const first = nodes[0];
  if (first === undefined) return undefined;
  if ("lane" in first) return first.lane;
  return "branches" in first ? firstLane(first.branches[0] ?? []) : undefined;
}
