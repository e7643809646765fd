import type { HeadSummary, ListQuery } from "../../ports/saga-store.js";
import { givenAmong } from "../operate/bulk-options.js";
import { filterOptions, readFilter } from "../operate/filters.js";
import { cutNotice, parseLimit } from "../parse.js";
import { reasonText } from "../reason-text.js";
import type { Session } from "../session.js";
import { colored } from "../status-colors.js";
import type { Style } from "../style.js";
import { renderTable } from "../table.js";
import { iso, relative } from "../times.js";
import { unreadableText } from "../unreadable-text.js";
import type { Verb, VerbOptions } from "../verb.js";

const limitDefault = "50";
const pageSizeMax = 1_000;

/** `backstep list`: which instances there are, newest first. */
export const list: Verb = {
  name: "list",
  summary: "list instances, the newest first",
  options: [
    ...filterOptions,
    { flags: "--limit <count>", meaning: `at most this many (default: ${limitDefault})` },
  ],
  examples: [
    "backstep list --status parked --since 2d",
    'backstep list --step capture --error "no success" --tag customer=c-7',
  ],
  async run(_args, options, session) {
    const { limit, ...query } = readQuery(options, session.clock.now());
    const { heads, unreadable, isAll } = await readPages(session, query, limit);
    if (heads.length === 0) {
      const { noticeUnknown } = await import("../operate/notice-unknown.js");
      await noticeUnknown(session, query);
    }
    if (!isAll) session.notice(cutNotice(limit, true));
    for (const name of unreadable) session.notice(unreadableText(name));
    return { json: heads.map(summary), text: (style) => render(session, heads, options, style) };
  },
};

function readQuery(options: VerbOptions, now: number): ListQuery {
  const { limit } = options;
  return {
    limit: parseLimit(typeof limit === "string" ? limit : limitDefault),
    ...readFilter(options, now),
  };
}

async function readPages(session: Session, query: Omit<ListQuery, "limit">, limit: number) {
  const client = await session.reader();
  const heads: HeadSummary[] = [];
  const unreadable = new Set<string>();
  let cursor: string | undefined;
  if (client === undefined) return { heads, unreadable, isAll: true };
  do {
    const size = Math.min(pageSizeMax, limit - heads.length);
    const page = await client.list({ ...query, limit: size, ...(cursor === undefined ? {} : { cursor }) });
    heads.push(...page.heads);
    for (const name of page.unreadable ?? []) unreadable.add(name);
    cursor = page.cursor;
  } while (cursor !== undefined && heads.length < limit);
  return { heads, unreadable, isAll: cursor === undefined };
}

function summary({ origin, status, reason, step, updatedAt }: HeadSummary) {
  const { saga, id, version, startedAt, tags } = origin;
  return {
    saga,
    id,
    version,
    status,
    reason: reason ?? null,
    startedAt: iso(startedAt),
    updatedAt: iso(updatedAt),
    step: step ?? null,
    tags: tags ?? null,
  };
}

function render(session: Session, heads: readonly HeadSummary[], options: VerbOptions, style: Style): string {
  if (heads.length === 0) {
    const isFiltered = givenAmong(options, filterOptions).length > 0;
    return isFiltered
      ? "No instance fits."
      : `No instances yet. Start one: ${session.command("start <saga> --input '{…}'")}`;
  }
  const { colors, width } = style;
  const now = session.clock.now();
  const head = ["INSTANCE", "VERSION", "STATUS", "STEP", "STARTED", "UPDATED", "REASON"];
  const rows = heads.map(({ origin, status, step, updatedAt, reason }) => [
    colors.bold(`${origin.saga}/${origin.id}`),
    String(origin.version),
    colored(status, style),
    step ?? "",
    relative(origin.startedAt, now),
    relative(updatedAt, now),
    reasonText(reason, step),
  ]);
  return renderTable([head.map((title) => colors.dim(title)), ...rows], { width, right: [1] });
}
