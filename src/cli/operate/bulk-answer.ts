import { describeDuration } from "../../core/journal/describe-entry.js";
import type { HeadSummary } from "../../ports/saga-store.js";
import type { Steered } from "../../runtime/operate/steer-many.js";
import type { Survey, Tally } from "../../runtime/operate/survey.js";
import { toErrorText } from "../error-text.js";
import { reasonText } from "../reason-text.js";
import type { Session } from "../session.js";
import { colored } from "../status-colors.js";
import type { Style } from "../style.js";
import { renderTable } from "../table.js";
import type { Answer } from "../verb.js";
import { numeral, rateText } from "./run-progress.js";
import type { RunRecord } from "./run-record.js";

/** A run over many instances, carried out or only counted. */
export interface BulkRun {
  readonly record: RunRecord;
  readonly found: Survey;
  readonly session: Session;
  /** Nothing was done. */
  readonly isDry?: true;
  readonly steered?: Steered;
  readonly tookMs?: number;
  /** Whether nothing is left to do. */
  readonly isDone?: boolean;
}

/** What a run has to say. */
export function bulkAnswer(bulk: BulkRun): Answer {
  const { record, found, session, steered, tookMs, isDone = false } = bulk;
  const { refused = 0, failed = 0, error } = steered ?? {};
  const goOn = steered === undefined || isDone ? null : continueLine(bulk);
  const { bySaga, byStep, byReason } = found;
  const json = {
    run: steered === undefined ? null : record.run,
    verb: record.verb,
    isDryRun: steered === undefined,
    total: found.total,
    applied: steered?.applied ?? 0,
    unchanged: steered?.unchanged ?? 0,
    refused,
    failed,
    appliedBefore: record.counts.applied,
    isDone,
    tookMs: tookMs ?? null,
    perSecond: tookMs === undefined ? null : perSecondOf(bulk),
    left: steered?.left ?? [],
    error: error === undefined ? null : toErrorText(error, { verbose: false }),
    continue: goOn,
    bySaga,
    byStep,
    byReason,
    sample: found.sample.map(sampleJson),
  };
  if (session.stop.signal.aborted && steered === undefined) {
    return { json, text: () => "Stopped. Nothing changed.", exitCode: 1 };
  }
  const isGood = steered === undefined || (isDone && refused === 0);
  const text = (style: Style) =>
    steered === undefined ? dryText(bulk, style) : doneText(bulk, steered, goOn);
  return { json, text, exitCode: isGood ? 0 : 1 };
}

/** How many there are, and of which sagas: `1,200 instances: 1,000 order, 200 refund`. */
export function countsText({ total, bySaga }: Survey): string {
  const sagas = bySaga.map(({ what, count }) => `${numeral(count)} ${what}`).join(", ");
  return `${numeral(total)} ${total === 1 ? "instance" : "instances"}${sagas === "" ? "" : `: ${sagas}`}`;
}

function continueLine({ record, session }: BulkRun): string {
  return session.command(`${record.verb} --continue ${record.run}`);
}

function perSecondOf({ steered, tookMs = 1 }: BulkRun): number {
  const { applied = 0, unchanged = 0, refused = 0, failed = 0 } = steered ?? {};
  return Math.round((applied + unchanged + refused + failed) / (Math.max(1, tookMs) / 1_000));
}

function doneText(bulk: BulkRun, steered: Steered, goOn: string | null): string {
  const { record, found, tookMs = 0 } = bulk;
  const { applied, unchanged, refused, failed, left, error } = steered;
  const done = applied + unchanged + refused + failed;
  const before = record.counts.applied;
  const parts = [
    `${numeral(applied)} applied`,
    ...(before === 0 ? [] : [`at least ${numeral(before)} before`]),
    ...(unchanged === 0 ? [] : [`${numeral(unchanged)} unchanged`]),
    ...(refused === 0 ? [] : [`${numeral(refused)} refused`]),
    ...(failed === 0 ? [] : [`${numeral(failed)} failed`]),
    ...(done >= found.total ? [] : [`${numeral(found.total - done)} left`]),
  ];
  const speed = `${describeDuration(tookMs)}, ${rateText(perSecondOf(bulk))}`;
  return [
    `${record.verb}: ${parts.join(", ")} (${speed})`,
    ...left.map(({ instance, reason }) => `  ${instance}: ${reason}`),
    ...(refused + failed > left.length ? [`  and ${numeral(refused + failed - left.length)} more`] : []),
    ...(error === undefined ? [] : [`Ended early: ${toErrorText(error, { verbose: false })}`]),
    ...(goOn === null ? [] : [`Go on with what is left: ${goOn}`]),
  ].join("\n");
}

function dryText({ record, found }: BulkRun, style: Style): string {
  if (found.total === 0) return "No instance fits.";
  const { colors, width } = style;
  const rows = found.sample.map(({ origin, status, step, reason }) => [
    colors.bold(`${origin.saga}/${origin.id}`),
    colored(status, style),
    step ?? "",
    reasonText(reason, step),
  ]);
  const head = ["SUCH AS", "STATUS", "STEP", "REASON"].map((title) => colors.dim(title));
  return [
    `${record.verb} is about ${countsText(found)}. Nothing was changed.`,
    ...tallyLines("STEP", found.byStep, style),
    ...tallyLines("REASON", found.byReason, style),
    "",
    renderTable([head, ...rows], { width }),
    "",
    "Without --dry-run it is done.",
  ].join("\n");
}

function tallyLines(title: string, tallies: readonly Tally[], { colors, width }: Style): string[] {
  if (tallies.length === 0) return [];
  const rows = tallies.map(({ what, count }) => [numeral(count), what]);
  return ["", renderTable([[colors.dim("COUNT"), colors.dim(title)], ...rows], { width, right: [0] })];
}

function sampleJson({ origin, status, step, reason }: HeadSummary) {
  return { saga: origin.saga, id: origin.id, status, step: step ?? null, reason: reason ?? null };
}
