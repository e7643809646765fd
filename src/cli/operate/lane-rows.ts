import { describeDuration } from "../../core/journal/describe-entry.js";
import type { LaneFacts, LaneReport } from "../../ports/lane-desk.js";
import type { Session } from "../session.js";
import type { Style } from "../style.js";
import { renderTable } from "../table.js";
import type { Answer } from "../verb.js";

/**
 * Shows how lanes stand; without a store there are none. What could not be told becomes a notice.
 * @param overMs how long rates are measured
 */
export async function showLanes(session: Session, overMs: number): Promise<Answer> {
  const nothing: LaneReport = { lanes: [], skipped: [] };
  const { lanes, skipped } = (await (await session.operator())?.desk.report(overMs)) ?? nothing;
  for (const text of skipped) session.notice(text);
  return { json: lanes.map(laneJson), text: (style) => renderLanes(lanes, style) };
}

/**
 * When a lane is empty at this pace, in milliseconds from now.
 * @returns `Infinity`: never; `undefined`: nobody knows
 */
export function drainMs(facts: LaneFacts): number | undefined {
  const { visible, inFlight, delayed, arrivalsPerSecond, drainsPerSecond } = facts;
  const left = visible + inFlight + delayed;
  if (left === 0) return 0;
  if (arrivalsPerSecond === undefined || drainsPerSecond === undefined) return undefined;
  const pace = drainsPerSecond - arrivalsPerSecond;
  return pace <= 0 ? Number.POSITIVE_INFINITY : (left / pace) * 1_000;
}

/** A lane as JSON output has it; what is unknown, and a backlog that never ends, is `null`. */
export function laneJson(facts: LaneFacts) {
  const { lane, visible, inFlight, delayed, dead, oldestMs, concurrency } = facts;
  const drain = drainMs(facts);
  return {
    lane,
    visible,
    inFlight,
    delayed,
    dead: dead ?? null,
    oldestMs: oldestMs ?? null,
    arrivalsPerSecond: facts.arrivalsPerSecond ?? null,
    drainsPerSecond: facts.drainsPerSecond ?? null,
    drains: drain === undefined ? null : drain !== Number.POSITIVE_INFINITY,
    drainMs: drain === undefined || drain === Number.POSITIVE_INFINITY ? null : Math.round(drain),
    concurrency: concurrency ?? null,
  };
}

/** Lanes as a table: how much waits, how fast it comes and goes. */
export function renderLanes(lanes: readonly LaneFacts[], { colors, width }: Style): string {
  if (lanes.length === 0) return "There are no lanes.";
  const hasRates = lanes.some(({ drainsPerSecond }) => drainsPerSecond !== undefined);
  const waiting = ["VISIBLE", "IN FLIGHT", "DELAYED", "DEAD", "OLDEST"];
  const titles = ["LANE", ...waiting, ...(hasRates ? ["IN/S", "OUT/S", "DRAINED IN"] : []), "AT ONCE"];
  const rows = lanes.map((facts) => [
    colors.bold(facts.lane),
    ...[facts.visible, facts.inFlight, facts.delayed].map(String),
    facts.dead === undefined || facts.dead === 0 ? text(facts.dead) : colors.red(String(facts.dead)),
    facts.oldestMs === undefined ? "" : describeDuration(facts.oldestMs),
    ...(hasRates ? ratesOf(facts) : []),
    text(facts.concurrency),
  ]);
  const head = titles.map((title) => colors.dim(title));
  return renderTable([head, ...rows], { width, right: titles.map((_, at) => at).slice(1) });
}

function ratesOf(facts: LaneFacts): string[] {
  return [rate(facts.arrivalsPerSecond), rate(facts.drainsPerSecond), drainText(drainMs(facts))];
}

function text(count: number | undefined): string {
  return count === undefined ? "" : String(count);
}

function rate(perSecond: number | undefined): string {
  return perSecond === undefined ? "" : perSecond.toFixed(perSecond < 10 ? 1 : 0);
}

function drainText(ms: number | undefined): string {
  if (ms === undefined) return "";
  if (ms === 0) return "empty";
  return ms === Number.POSITIVE_INFINITY ? "∞" : describeDuration(ms);
}
