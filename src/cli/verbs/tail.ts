import { statuses, statusOf } from "../../core/journal/status.js";
import { isSagaError } from "../../errors/saga-error.js";
import type { InstanceRef } from "../../ports/saga-store.js";
import { type Transition, transitionJson, transitionLine } from "../dev-lines.js";
import { parseRef, parseSince, parseStatus } from "../parse.js";
import { poll } from "../poll.js";
import type { Session } from "../session.js";
import { onSignals } from "../signals.js";
import { transitionsInOrder } from "../transitions.js";
import type { Verb, VerbOptions } from "../verb.js";

/** `backstep tail`: shows transitions as they happen, whoever makes them. */
export const tail: Verb = {
  name: "tail",
  summary: "show transitions as they happen, in whatever process",
  args: [
    { flags: "[saga/id...]", meaning: "only these instances, also those not started yet (default: all)" },
  ],
  options: [
    { flags: "--saga <name>", meaning: "only instances of this saga" },
    { flags: "--status <status>", meaning: `only transitions to this status: ${statuses.join(", ")}` },
    { flags: "--since <time>", meaning: "begin earlier: 15m, 1h30m, 2d ago, or an ISO 8601 time" },
  ],
  examples: ["backstep tail", "backstep tail order/o-42 order/o-43", "backstep tail --status parked --json"],
  notes:
    "Runs until Ctrl+C. With --json: one JSON value a line, one a transition, as dev --json has them.\n" +
    "On a stage they are told later. Named instances are read once a second: a query each. Without names,\n" +
    "the index: at most 40 read units a second, and a query for each instance whose head has changed.\n" +
    "Heads change when an instance starts, waits, parks or ends: what it does in between is told then.\n" +
    "Not seen is what the index shows two minutes late, or, of over 5,000 open instances, the rest.",
  async run(args, options, session) {
    const refs = args.flatMap((name) => (name === undefined ? [] : parseRef(name)));
    const fits = filterOf(options);
    const { since } = options;
    const journals = await session.tail({
      ...(refs.length === 0 ? {} : { refs }),
      ...(typeof since === "string" ? { since: parseSince(since, session.clock.now()) } : {}),
    });
    const forget = onSignals(session);
    try {
      await announce(session, refs);
      const look = async () => {
        for (const transition of transitionsInOrder(await journals.read())) {
          if (fits(transition)) say(session, transition);
        }
        return undefined;
      };
      await poll(session, { look, pauseMs: () => journals.pauseMs() });
    } finally {
      journals.close();
      forget();
    }
    return undefined;
  },
};

function filterOf({ saga, status }: VerbOptions): (transition: Transition) => boolean {
  const wanted = typeof status === "string" ? parseStatus(status) : undefined;
  return ({ ref, after }) =>
    (saga === undefined || ref.saga === saga) && (wanted === undefined || statusOf(after) === wanted);
}

async function announce(session: Session, refs: readonly InstanceRef[]): Promise<void> {
  const client = await session.reader();
  for (const ref of refs) {
    try {
      await client?.get(ref);
    } catch (error) {
      if (!isSagaError(error, "INSTANCE_UNKNOWN")) throw error;
      session.notice(`${ref.saga}/${ref.id} was not started yet: it is shown as soon as it is.`);
    }
  }
  session.noticeIfIdle();
  session.tellNotices();
  session.tell("Following; Ctrl+C stops");
}

function say(session: Session, transition: Transition): void {
  const { options, style } = session;
  session.say(options.json ? transitionJson(transition) : transitionLine(transition, style));
}
