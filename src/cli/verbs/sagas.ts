import { describeDuration } from "../../core/journal/describe-entry.js";
import { describeTimeout } from "../../core/plan/describe-timeout.js";
import type { EmitPlan, PlanNode, RetryPlan, SagaPlan, StepPlan, WaitPlan } from "../../core/plan/plan.js";
import type { Style } from "../style.js";
import { renderTable } from "../table.js";
import type { Verb } from "../verb.js";

/** `backstep sagas`: what is declared. */
export const sagas: Verb = {
  name: "sagas",
  summary: "list the sagas that are declared, step by step",
  examples: ["backstep sagas", "backstep sagas --json"],
  notes:
    "BACK says what a step does when its saga goes backward; the pivot and what follows have no way back.",
  noStage: "it reads the configuration alone",
  async run(_args, _options, session) {
    const { config } = await session.config();
    const { compile } = await import("../../core/plan/compile.js");
    const { lanes, fuse } = config;
    const plans = config.sagas
      .map((saga) => compile(saga, { lanes, fuse }))
      .sort((a, b) => a.saga.localeCompare(b.saga) || a.version - b.version);
    return {
      json: plans.map(planJson),
      text: (style) =>
        plans.map((plan) => renderPlan(plan, style)).join("\n\n") ||
        "No saga is declared. Add one to `sagas` in the configuration.",
    };
  },
};

function planJson({ saga, version, fingerprint, deadlineMs, lane, end, nodes }: SagaPlan) {
  const { completed = null, compensated = null, terminated = null } = end.emits;
  const emits = { completed, compensated, terminated };
  return { saga, version, fingerprint, deadlineMs, lane, hasOutput: end.output, emits, steps: nodes };
}

function renderPlan(plan: SagaPlan, style: Style): string {
  const { colors, width } = style;
  const facts = [
    `version ${plan.version}`,
    ...(plan.deadlineMs === null ? [] : [`deadline ${describeDuration(plan.deadlineMs)}`]),
    ...Object.entries(plan.end.emits).map(([status, event]) => `${status}: publishes ${event}`),
  ];
  const titles = ["STEP", "KIND", "BACK", "TIMEOUT", "ATTEMPTS", "LANE", "NOTE"];
  const rows = plan.nodes.flatMap((node) => rowsOf(node, "", style));
  const table = renderTable([titles.map((title) => colors.dim(title)), ...rows], { width, right: [4] });
  return `${colors.bold(plan.saga)}  ${facts.join("; ")}\n${table}`;
}

type Row = readonly string[];

function rowsOf(node: PlanNode, indent: string, style: Style): readonly Row[] {
  const name = indent + node.name;
  switch (node.kind) {
    case "step":
    case "pivot":
      return [stepRow(node, name, style)];
    case "wait":
      return [[name, "wait", backOf(node), "", "", node.lane, waitNote(node)]];
    case "sleep":
      return [
        [name, "sleep", "", "", "", "", node.forMs === null ? "until a time" : describeDuration(node.forMs)],
      ];
    case "emit":
      return [[name, "emit", "", "", "", "", emitNote(node)]];
    case "parallel":
      return [
        [name, "parallel", "", "", "", "", "all branches"],
        ...node.branches.flatMap((branch, at) => branchRows(`branch ${at + 1}`, branch, indent, style)),
      ];
    case "choice":
      return [
        [name, "choice", "", "", "", "", "one branch"],
        ...node.branches.flatMap((branch, at) =>
          branchRows(at === 0 ? "then" : "otherwise", branch, indent, style),
        ),
      ];
  }
}

function branchRows(title: string, nodes: readonly PlanNode[], indent: string, style: Style): readonly Row[] {
  if (nodes.length === 0) return [];
  const head = [style.colors.dim(`${indent}  ${title}`), "", "", "", "", "", ""];
  return [head, ...nodes.flatMap((node) => rowsOf(node, `${indent}    `, style))];
}

function stepRow(node: StepPlan, name: string, { colors }: Style): Row {
  const isPivot = node.kind === "pivot";
  const dress = (text: string) => (isPivot ? colors.yellow(text) : text);
  const notes = [
    ...(isPivot ? ["point of no return"] : []),
    ...(node.probe ? ["has a probe"] : []),
    ...(node.atMostOnce ? ["at most once"] : []),
    ...(node.optional ? ["optional"] : []),
    ...(node.refusedRetryMs.length === 0 ? [] : [`refusals tried again ${node.refusedRetryMs.length} times`]),
  ];
  return [
    dress(name),
    isPivot ? dress("pivot") : "",
    backOf(node),
    describeDuration(node.timeoutMs),
    attemptsOf(node.retry),
    node.lane,
    notes.join(", "),
  ];
}

function backOf({ compensation }: StepPlan | WaitPlan): string {
  if (compensation === "forbidden") return "";
  return compensation === "handler" ? "compensate" : compensation;
}

function attemptsOf({ attempts }: RetryPlan): string {
  return attempts === null ? "unlimited" : String(attempts);
}

function waitNote(wait: WaitPlan): string {
  const events = Object.values(wait.events).join(" or ");
  return `${events}, ${describeTimeout(wait)}${wait.late ? "; has an onLate" : ""}`;
}

function emitNote({ event, takeBack }: EmitPlan): string {
  return takeBack === null ? event : `${event}, taken back by ${takeBack}`;
}
