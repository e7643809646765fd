import { describeDuration, describeEntry, describeStart } from "../../core/journal/describe-entry.js";
import type { StepFacts } from "../../core/journal/describe-steps.js";
import type { ErrorInfo } from "../../core/journal/entry.js";
import { endKey } from "../../core/journal/state.js";
import { reasonOf, statusOf } from "../../core/journal/status.js";
import type { Json } from "../../core/json.js";
import type { Instance } from "../../runtime/client.js";
import { errorLine, renderFailures } from "../history/render-failures.js";
import { colored } from "../status-colors.js";
import type { Style } from "../style.js";
import { renderTable, truncate } from "../table.js";
import { localTime, relative } from "../times.js";

/** What `show` has to tell. */
export interface View {
  readonly instance: Instance;
  readonly steps: ReadonlyMap<string, StepFacts>;
  /** Epoch milliseconds, for ages. */
  readonly now: number;
  readonly style: Style;
  readonly withJournal: boolean;
}

/** An instance for a person: what it is, its steps, what went wrong, what waits in its mailbox. */
export function renderInstance(view: View): string {
  const sections = [heading(view), facts(view), stepTable(view), failures(view), mailbox(view)];
  if (view.withJournal) sections.push(journal(view));
  return sections.filter((section) => section !== "").join("\n\n");
}

function heading({ instance: { state }, style }: View): string {
  const reason = reasonOf(state);
  const name = style.colors.bold(`${state.saga}/${state.id}`);
  const status = `${name}  ${colored(statusOf(state), style)}`;
  return reason === undefined ? status : `${status}: ${reason}`;
}

function facts({ instance: { head, state }, now, style }: View): string {
  const when = (at: number) => `${localTime(at)} (${relative(at, now)})`;
  const { version, startedAt, at, deadlineAt, ended, input } = state;
  const isOpen = ended === undefined;
  const rows: [string, string][] = [
    ["version", String(version)],
    ["started", when(startedAt)],
    [isOpen ? "updated" : "ended", when(ended?.at ?? at)],
  ];
  if (isOpen && deadlineAt !== undefined) rows.push(["deadline", when(deadlineAt)]);
  const tags = Object.entries(head.origin.tags ?? {}).map(([name, value]) => `${name}=${value}`);
  if (tags.length > 0) rows.push(["tags", tags.join(", ")]);
  rows.push(["input", oneLine(input, style)]);
  if (ended?.output !== undefined) rows.push(["output", oneLine(ended.output, style)]);
  return rows.map(([title, value]) => `${style.colors.dim(title.padEnd(8))}  ${value}`).join("\n");
}

function oneLine(value: Json, { width }: Style): string {
  const text = JSON.stringify(value);
  return width === undefined ? text : truncate(text, Math.max(20, width - 10));
}

function stepTable({ steps, now, style }: View): string {
  if (steps.size === 0) return "No step has started.";
  const head = ["STEP", "KIND", "STATE", "ATTEMPTS", "TOOK", "NEXT", "REASON"];
  const rows = [...steps].map(([name, step]) => [
    step.state === "notStarted" ? style.colors.dim(name) : name,
    step.kind === "step" ? "" : (step.kind ?? ""),
    colored(step.state, style),
    attempts(step),
    took(step, now),
    step.dueAt === undefined ? "" : relative(step.dueAt, now),
    step.reason ?? errorText(step.error),
  ]);
  return renderTable([head.map((title) => style.colors.dim(title)), ...rows], {
    width: style.width,
    right: [3, 4],
  });
}

function attempts({ attempts: forward, compensateAttempts: back }: StepFacts): string {
  if (forward === 0 && back === 0) return "";
  return back === 0 ? String(forward) : `${forward}, ${back} back`;
}

function took({ startedAt, durationMs }: StepFacts, now: number): string {
  if (durationMs !== undefined) return describeDuration(durationMs);
  return startedAt === undefined ? "" : `${describeDuration(now - startedAt)}…`;
}

function failures({ steps, style }: View): string {
  const lines = renderFailures(steps);
  return lines.length === 0 ? "" : [style.colors.dim("ATTEMPTS THAT FAILED"), ...lines].join("\n");
}

/** An error and what caused it, the nearest first. */
function errorText(error: ErrorInfo | undefined): string {
  if (error === undefined) return "";
  const { cause } = error;
  return cause === undefined ? errorLine(error) : `${errorLine(error)} ← ${errorText(cause)}`;
}

function mailbox({ instance: { mail, state }, now, style }: View): string {
  const unclaimed = mail.filter(({ id }) => state.taken[id] === undefined);
  const fate = state.ended === undefined ? "not taken by a step yet" : "taken by no step";
  const late = Object.entries(state.open).filter(([key, { phase }]) => phase === "late" && key !== endKey);
  const lines = [
    ...unclaimed.map(
      ({ event, id, receivedAt }) => `  ${event} ${id}, received ${relative(receivedAt, now)}, ${fate}`,
    ),
    ...late.map(([key, activity]) => `  ${key}: ${activity.parked?.message ?? "is being dealt with"}`),
  ];
  return lines.length === 0 ? "" : [style.colors.dim("MAILBOX"), ...lines].join("\n");
}

function journal({ instance: { entries, head }, style }: View): string {
  const { colors, width } = style;
  const rows = [
    ["0", localTime(head.origin.startedAt), "", "", describeStart(head.origin)],
    ...entries.map((entry) => [
      String(entry.n),
      localTime(entry.at),
      entry.cause.tookMs === undefined ? "" : describeDuration(entry.cause.tookMs),
      entry.lane ?? "",
      describeEntry(entry),
    ]),
  ];
  const titles = ["N", "AT", "TOOK", "LANE", "WHAT"].map((title) => colors.dim(title));
  return renderTable([titles, ...rows], { width, right: [0, 2] });
}
