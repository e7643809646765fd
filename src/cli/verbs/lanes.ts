import { actorOptions, readReason } from "../operate/actor-options.js";
import { parseAction, usage } from "../parse.js";
import type { Session } from "../session.js";
import type { Answer, Verb, VerbOptions } from "../verb.js";

const actions = ["list", "set"] as const;

/** `backstep lanes`: how many events of a lane are worked at once. */
export const lanes: Verb = {
  name: "lanes",
  summary: "list the lanes, or set how many events one works at once",
  args: [
    { flags: "<list|set>", meaning: "what to do" },
    { flags: "[lane]", meaning: "set: the lane, as list names it" },
  ],
  options: [
    { flags: "--concurrency <count>", meaning: "set: so many events at once; on a stage 2 to 1,000" },
    ...actorOptions,
  ],
  examples: ["backstep lanes list", 'backstep lanes set main --concurrency 4 --reason "spare the warehouse"'],
  notes:
    "It counts at once, without a deployment. On a stage the next deployment sets it to what the\n" +
    "configuration says.",
  async run([action = "", lane], options, session) {
    const kind = parseAction(action, actions);
    if (kind === "set") return set(session, lane, options);
    if (lane !== undefined)
      throw usage("The list takes no lane.", `Leave it out: ${session.command("lanes list")}.`);
    const { showLanes } = await import("../operate/lane-rows.js");
    return showLanes(session, 0);
  },
};

async function set(session: Session, lane: string | undefined, options: VerbOptions): Promise<Answer> {
  const { concurrency } = options;
  if (lane === undefined || typeof concurrency !== "string") {
    const fix = `Write ${session.command("lanes set main --concurrency 4")}.`;
    throw usage('"lanes set" needs a lane and a --concurrency.', fix);
  }
  if (!/^\d{1,9}$/.test(concurrency)) {
    throw usage(`"${concurrency}" is no number of events.`, "Use a whole number, such as --concurrency 4.");
  }
  const after = Number(concurrency);
  const operator = await session.operator();
  if (operator === undefined) throw usage("There are no lanes here yet.", "Run an engine: backstep dev.");
  const by = { actor: session.actor, ...readReason(options) };
  const before = await operator.desk.setConcurrency(lane, after, by);
  if (session.options.stage !== undefined) {
    session.notice("The next deployment sets it to what the configuration says.");
  }
  const events = after === 1 ? "1 event" : `${after} events`;
  return {
    json: { lane, before: before ?? null, after },
    text: ({ colors }) => `${colors.bold(lane)} works ${events} at once (before: ${before ?? "not known"}).`,
  };
}
