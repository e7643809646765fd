import type { StuckInstance, StuckReport } from "../../runtime/operate/find-stuck.js";
import { filterOptions, readFilter } from "../operate/filters.js";
import { placeOf } from "../operate/place-of.js";
import { listLimitMax, parseAge, parseLimit } from "../parse.js";
import { reasonText } from "../reason-text.js";
import type { Session } from "../session.js";
import { colored } from "../status-colors.js";
import type { Style } from "../style.js";
import { renderTable } from "../table.js";
import { iso, relative } from "../times.js";
import type { Verb } from "../verb.js";

const limitDefault = "50";
const nothing: StuckReport = { instances: [], total: 0, unreadable: [], isCut: false };

/** `backstep stuck`: which instances need someone, or are late. */
export const stuck: Verb = {
  name: "stuck",
  summary: "list instances that need someone or are late, the oldest first",
  options: [
    ...filterOptions.filter(({ flags }) => !flags.startsWith("--status")),
    { flags: "--older-than <duration>", meaning: "only those that have stood so for this long: 15m, 2d" },
    { flags: "--limit <count>", meaning: `at most this many (default: ${limitDefault})` },
  ],
  examples: ["backstep stuck", "backstep stuck --saga order --older-than 1h"],
  notes:
    "Parked, late, not watched, or failing again and again. Why, and what mends it: backstep doctor.\n" +
    "Exits with 1 where there are any.",
  async run(_args, options, session) {
    const limit = parseLimit(typeof options.limit === "string" ? options.limit : limitDefault);
    const { status: _, ...filter } = readFilter(options, session.clock.now());
    const { olderThan } = options;
    const report = await find(session, {
      ...filter,
      limit,
      ...(typeof olderThan === "string" ? { olderThanMs: parseAge(olderThan) } : {}),
    });
    const { instances, total, unreadable, isCut } = report;
    if (instances.length === 0) {
      const { noticeUnknown } = await import("../operate/notice-unknown.js");
      await noticeUnknown(session, filter);
    }
    for (const name of unreadable) session.notice(`${name} cannot be read: somebody has edited it.`);
    if (isCut) session.notice("There are more than are looked at at a time: narrow it down.");
    else if (total > instances.length)
      session.notice(
        `There are ${total.toLocaleString("en-US")}: see more with --limit ${Math.min(total, listLimitMax)}.`,
      );
    return {
      json: instances.map(toJson),
      text: (style) => render(session, instances, style),
      exitCode: instances.length + unreadable.length === 0 ? 0 : 1,
    };
  },
};

async function find(
  session: Session,
  query: Parameters<typeof import("../../runtime/operate/find-stuck.js").findStuck>[1],
): Promise<StuckReport> {
  const operator = await session.operator();
  if (operator === undefined) return nothing;
  session.noticeIfIdle();
  const { findStuck } = await import("../../runtime/operate/find-stuck.js");
  const { surveyPlace } = await import("../../runtime/operate/instance-facts.js");
  return findStuck(operator, query, await surveyPlace(operator, placeOf(session)));
}

function toJson({ saga, id, status, step, since, kind, reason }: StuckInstance) {
  return { saga, id, status, step: step ?? null, since: iso(since), kind, reason };
}

function render(session: Session, instances: readonly StuckInstance[], style: Style): string {
  const { colors, width } = style;
  const [first] = instances;
  if (first === undefined) return colors.green("Nothing is stuck.");
  const now = session.clock.now();
  const head = ["INSTANCE", "STATUS", "STEP", "SINCE", "REASON"].map((title) => colors.dim(title));
  const rows = instances.map(({ saga, id, status, step, since, reason }) => [
    colors.bold(`${saga}/${id}`),
    colored(status, style),
    step ?? "",
    relative(since, now),
    reasonText(reason, step),
  ]);
  const why =
    instances.length === 1
      ? `Why, and what mends it: ${session.command(`doctor ${first.saga}/${first.id}`)}`
      : `Why, and what mends them: ${session.command("doctor")}`;
  return [renderTable([head, ...rows], { width }), "", why].join("\n");
}
