import type { Command } from "../../core/decide/input.js";
import { describeDuration } from "../../core/journal/describe-entry.js";
import type { JournalEntry } from "../../core/journal/entry.js";
import type { InstanceState } from "../../core/journal/state.js";
import { reasonOf, statusOf } from "../../core/journal/status.js";
import type { Instance } from "../../runtime/client.js";
import { describeDecided } from "../../testing/history/compare-decided.js";
import type { EntryDifference } from "../../testing/history/replay-journal.js";
import { colored } from "../status-colors.js";
import type { Style } from "../style.js";
import { iso } from "../times.js";
import type { TriedCall } from "./try-next.js";

/** What trying an instance came to, redacted. */
export interface TriedView {
  readonly before: InstanceState;
  readonly after: Instance;
  /** How many entries the real journal has. */
  readonly known: number;
  readonly command: Command | undefined;
  readonly differences: readonly EntryDifference[];
  readonly calls: readonly TriedCall[];
  readonly redacted: boolean;
}

/** What `try --json` prints. */
export function triedJson({
  before,
  after,
  known,
  command,
  differences,
  calls,
  redacted,
}: TriedView): unknown {
  const { saga, id, version, input } = before;
  return {
    saga,
    id,
    version,
    status: statusOf(before),
    reason: reasonOf(before) ?? null,
    redacted,
    input,
    differences,
    command: command?.kind ?? null,
    journal: after.entries.slice(known).map((entry) => ({
      n: entry.n,
      at: iso(entry.at),
      what: describeDecided(entry),
    })),
    calls: calls.map(({ step, phase, attempt, key, forwardKey = null, came, text = null }) => {
      return { step, phase, attempt, key, forwardKey, came, text };
    }),
    after: {
      status: statusOf(after.state),
      reason: reasonOf(after.state) ?? null,
      waits: waitsOf(after.state),
    },
  };
}

/** For a person: what is decided otherwise, what would be written, what would be called. */
export function renderTried(view: TriedView, style: Style): string {
  const { before, after, known, command, differences, calls } = view;
  const { colors } = style;
  const what = command === undefined ? "What falls due by now" : `After ${command.kind}`;
  const sections = [
    [
      `${colors.bold(`${before.saga}/${before.id}`)}  ${standing(before, style)}`,
      `${colors.dim("input")}  ${JSON.stringify(before.input)}`,
    ],
    differences.length === 0
      ? [`All ${known} entries are decided as they were.`]
      : [colors.dim("DECIDED OTHERWISE BY THIS CODE"), ...differences.flatMap(differenceLines)],
    [colors.dim(`${what}, in memory:`.toUpperCase()), ...entryLines(after.entries.slice(known))],
    calls.length === 0 ? [] : [colors.dim("IT CALLS"), ...calls.map(callLine)],
    [`Then it is ${standing(after.state, style)}${waitText(after)}. Nothing was written or sent.`],
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

function standing(state: InstanceState, style: Style): string {
  const reason = reasonOf(state);
  return `${colored(statusOf(state), style)}${reason === undefined ? "" : `: ${reason}`}`;
}

function differenceLines({ n, then, now }: EntryDifference): readonly string[] {
  return [`  ${n}  then: ${then}`, `  ${" ".repeat(String(n).length)}  now:  ${now}`];
}

function entryLines(entries: readonly JournalEntry[]): readonly string[] {
  if (entries.length === 0) return ["  nothing is written"];
  return entries.map((entry) => `  ${entry.n}  ${describeDecided(entry)}`);
}

const phaseNames = { run: "", probe: " probe", undo: " compensation", late: " late event" } as const;

const comings: Readonly<Record<TriedCall["came"], string>> = {
  notCalled: "",
  done: ": done",
  refused: ": refused",
  failed: ": failed",
  asks: ": asks for",
  pending: ": has not answered at once",
};

function callLine({ step, phase, attempt, key, came, text }: TriedCall): string {
  const said = text === undefined ? "" : came === "asks" ? ` ${text}` : `, ${text}`;
  return `  ${step}${phaseNames[phase]}, attempt ${attempt}, key ${key}${comings[came]}${said}`;
}

function waitsOf({
  open,
}: InstanceState): readonly { readonly key: string; readonly dueAt: string | null }[] {
  return Object.entries(open)
    .filter(
      ([, { phase, parked, dueAt }]) => parked === undefined && (phase === "wait" || dueAt !== undefined),
    )
    .map(([key, { dueAt }]) => ({ key, dueAt: iso(dueAt) }));
}

function waitText({ state }: Instance): string {
  const waits = Object.entries(state.open).flatMap(([key, { phase, parked, dueAt }]) => {
    if (parked !== undefined || (phase !== "wait" && dueAt === undefined)) return [];
    return dueAt === undefined ? [key] : [`${key} for ${describeDuration(Math.max(0, dueAt - state.at))}`];
  });
  return waits.length === 0 ? "" : `, waits for ${waits.join(", ")}`;
}
