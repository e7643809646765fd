import { describeDuration } from "../../core/journal/describe-entry.js";
import type { InstanceState, Status } from "../../core/journal/state.js";
import {
  currentStepOf,
  endStatuses,
  isParked,
  reasonOf,
  statuses,
  statusOf,
} from "../../core/journal/status.js";
import { neverStarted, parseDuration, parseRef, parseStatus, usage } from "../parse.js";
import { poll } from "../poll.js";
import type { Session } from "../session.js";
import { onSignals } from "../signals.js";
import { colored } from "../status-colors.js";
import { iso } from "../times.js";
import { transitionsOf } from "../transitions.js";
import type { Answer, Verb } from "../verb.js";

/** `backstep wait`: comes back when an instance has ended or has a status. */
export const wait: Verb = {
  name: "wait",
  summary: "wait until an instance has ended, or has a status",
  args: [{ flags: "<saga/id>", meaning: "the instance, such as order/o-42" }],
  options: [
    {
      flags: "--for <status>",
      meaning: `until it has this status (default: its end): ${statuses.join(", ")}`,
    },
    { flags: "--timeout <duration>", meaning: "how long at most: 500ms, 30s, 1h30m (default: without end)" },
  ],
  examples: ["backstep wait order/o-42 --timeout 30s", "backstep wait order/o-42 --for waiting"],
  notes:
    "Exits with 1 where the time is over, where it has ended and can never have the status, and at once\n" +
    "where it is parked and its end is waited for.",
  async run([name = ""], { for: status, timeout }, session) {
    const ref = parseRef(name);
    const wanted = typeof status === "string" ? parseStatus(status) : undefined;
    const limitMs = typeof timeout === "string" ? parseTimeout(timeout) : undefined;
    const client = await session.reader();
    if (client === undefined) throw neverStarted(name);
    const { state } = await client.get(ref);
    return answer(judge(session, state, wanted) ?? (await follow(session, state, wanted, limitMs)));
  },
};

/** How the waiting ended. */
interface Verdict {
  readonly state: InstanceState;
  /** Why there is nothing more to wait for; `undefined` where what was waited for is there. */
  readonly problem?: string;
  readonly fix?: string;
}

/** `undefined` where it can still come. */
function judge(session: Session, state: InstanceState, wanted: Status | undefined): Verdict | undefined {
  const status = statusOf(state);
  if (wanted === undefined ? state.ended !== undefined : status === wanted) return { state };
  const name = `${state.saga}/${state.id}`;
  if (state.ended !== undefined) {
    return {
      state,
      problem: `it can never be ${wanted}`,
      fix: `See what became of it: ${session.command(`show ${name}`)}.`,
    };
  }
  if (!isParked(state) || (wanted !== undefined && !endStatuses.has(wanted))) return undefined;
  const fix = `See what it needs: ${session.command(`show ${name} --journal`)}.`;
  return { state, problem: "it goes on when someone decides", fix };
}

/** Looks at every transition, so that a status of a moment counts. */
async function follow(
  session: Session,
  from: InstanceState,
  wanted: Status | undefined,
  limitMs: number | undefined,
): Promise<Verdict> {
  const journal = await session.tail({ refs: [from], since: 0 });
  session.noticeIfIdle();
  session.tellNotices();
  let state = from;
  const look = async () => {
    for (const { origin, entries } of await journal.read()) {
      for (const { after } of transitionsOf(origin, entries, state.n + 1)) {
        state = after;
        const verdict = judge(session, after, wanted);
        if (verdict !== undefined) return verdict;
      }
    }
    return undefined;
  };
  const forget = onSignals(session);
  try {
    const verdict = await poll(session, { look, pauseMs: () => journal.pauseMs(), limitMs });
    if (verdict !== undefined) return verdict;
    const isStopped = session.stop.signal.aborted || limitMs === undefined;
    const waited = isStopped ? "" : ` after ${describeDuration(limitMs)}`;
    const problem = wanted === undefined ? `it has not ended${waited}` : `it was not ${wanted}${waited}`;
    const show = session.command(`show ${from.saga}/${from.id}`);
    return { state, problem, fix: `Wait longer, or look at it: ${show}.` };
  } finally {
    forget();
    journal.close();
  }
}

function answer({ state, problem, fix }: Verdict): Answer {
  const { saga, id, version, startedAt, at } = state;
  const status = statusOf(state);
  const reason = reasonOf(state);
  return {
    json: {
      saga,
      id,
      version,
      status,
      reason: reason ?? null,
      startedAt: iso(startedAt),
      updatedAt: iso(at),
      step: currentStepOf(state) ?? null,
      reached: problem === undefined,
      problem: problem ?? null,
      fix: fix ?? null,
    },
    text: (style) => {
      const why = reason === undefined ? "" : `: ${reason}`;
      const fact = `${style.colors.bold(`${saga}/${id}`)} is ${colored(status, style)}${why}`;
      if (problem === undefined) return fact;
      return `${fact}\n${style.colors.red("Not reached:")} ${problem}.\n${style.colors.bold("Fix:")} ${fix}`;
    },
    exitCode: problem === undefined ? 0 : 1,
  };
}

function parseTimeout(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw usage(`"${text}" is not a duration.`, "Use one such as 500ms, 30s or 1h30m.");
}
