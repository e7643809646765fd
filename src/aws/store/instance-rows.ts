import type { JournalEntry, Mail, Origin } from "../../core/journal/entry.js";
import { statuses } from "../../core/journal/status.js";
import type { Head, HeadProjection, HeadSummary } from "../../ports/saga-store.js";
import { entryKey, instanceOf, mailPrefix } from "./keys.js";
import { type Item, itemOf, parseJson, phrase, type Row } from "./row.js";

/** What a projection may lack: a write removes what the one before had. */
export const optionalAttributes = ["reason", "step", "watchAt", "heals"] as const;

/** The projection as attributes. */
export function projectionItem(projection: HeadProjection): Item {
  const { status, reason, step, n, settled, watchAt, heals, updatedAt } = projection;
  return itemOf({
    status,
    reason: reason === undefined ? undefined : phrase(reason),
    step: step === undefined ? undefined : phrase(step),
    n,
    settled,
    watchAt,
    heals,
    updatedAt,
  });
}

/** The attributes of an origin, but for its texts. */
export function originItem({ version, fingerprint, startedAt, deadlineAt, tags }: Origin): Item {
  return itemOf({ version, fingerprint, startedAt, deadlineAt, tags: tags && JSON.stringify(tags) });
}

/** The texts of an origin. */
export function originText({ input, changes }: Origin): string {
  return JSON.stringify({ input, changes });
}

/** Reads what head and index have in common. @throws SagaError ITEM_UNREADABLE */
export function parseSummary(row: Row): HeadSummary {
  const ref = instanceOf(row.pk);
  if (ref === undefined) throw row.unreadable("pk", "names no instance");
  const [deadlineAt, watchAt] = [row.optionalNumber("deadlineAt"), row.optionalNumber("watchAt")];
  const [reason, step] = [row.optionalText("reason"), row.optionalText("step")];
  const tags = parseTags(row);
  return {
    origin: {
      ...ref,
      version: row.number("version"),
      fingerprint: row.text("fingerprint"),
      startedAt: row.number("startedAt"),
      ...(deadlineAt === undefined ? {} : { deadlineAt }),
      ...(tags === undefined ? {} : { tags }),
    },
    status: row.oneOf("status", statuses),
    n: row.number("n"),
    settled: row.number("settled"),
    updatedAt: row.number("updatedAt"),
    rev: row.number("rev"),
    ...(reason === undefined ? {} : { reason }),
    ...(step === undefined ? {} : { step }),
    ...(watchAt === undefined ? {} : { watchAt }),
    ...(row.item.heals?.BOOL === true ? { heals: true } : {}),
  };
}

function parseTags(row: Row): Origin["tags"] {
  const text = row.optionalText("tags");
  if (text === undefined) return undefined;
  const tags = parseJson(row, "tags", text);
  if (Object.values(tags).every((value) => typeof value === "string")) return tags as Record<string, string>;
  throw row.unreadable("tags", "holds a tag that is no text");
}

/** Reads a head, given its texts. @throws SagaError ITEM_UNREADABLE */
export function parseHead(row: Row, text: string): Head {
  const { origin, ...projection } = parseSummary(row);
  const texts = parseJson(row, "origin", text);
  if (!("input" in texts) || !Array.isArray(texts.changes)) {
    throw row.unreadable("origin", "holds no input and changes");
  }
  const { input, changes } = texts as unknown as Pick<Origin, "input" | "changes">;
  return { ...projection, origin: { ...origin, input, changes } };
}

/** Reads an entry, given its text. @throws SagaError ITEM_UNREADABLE */
export function parseEntry(row: Row, text: string): JournalEntry {
  const value = parseJson(row, "entry", text);
  const { n, at, nonce, cause, changes } = value;
  const isInPlace = typeof n === "number" && entryKey(n) === row.sk;
  const isWhole = typeof at === "number" && typeof nonce === "string" && typeof cause === "object";
  if (isInPlace && isWhole && Array.isArray(changes)) return value as unknown as JournalEntry;
  throw row.unreadable("entry", "is no journal entry of that number");
}

/** Reads a domain event, given its text. @throws SagaError ITEM_UNREADABLE */
export function parseMail(row: Row, text: string): Mail {
  const value = parseJson(row, "mail", text);
  const { id, event, receivedAt } = value;
  const isInPlace = `${mailPrefix}${id}` === row.sk;
  if (isInPlace && typeof event === "string" && typeof receivedAt === "number" && "payload" in value) {
    return value as unknown as Mail;
  }
  throw row.unreadable("mail", "is no domain event of that id");
}

/** By time of receipt, then by id. */
export function byReceipt(one: Mail, other: Mail): number {
  return one.receivedAt - other.receivedAt || (one.id < other.id ? -1 : 1);
}
