import { groupOf } from "../../core/envelope.js";
import { describeDuration } from "../../core/journal/describe-entry.js";
import type { Status } from "../../core/journal/state.js";
import { reasonOf, statusOf } from "../../core/journal/status.js";
import type { FoundHeads } from "../../ports/operator-store.js";
import type { HeadSummary, InstanceRef, ListQuery } from "../../ports/saga-store.js";
import { type Filter, fits } from "../fits.js";
import { isUnreadable, loadInstance } from "../load.js";
import { isTimer } from "../wake.js";
import { isBegunImport } from "./begun-import.js";
import { diagnose } from "./diagnose.js";
import { isOverdue } from "./diagnose-motion.js";
import { graceMsOf, knownFacts, type Surveyed } from "./instance-facts.js";
import type { Operator } from "./operator.js";

/** An instance that needs someone, or is late. */
export interface StuckInstance extends InstanceRef {
  readonly kind: "parked" | "late" | "unwatched" | "retrying";
  readonly status: Status;
  readonly step?: string;
  /** Since when it stands so, epoch milliseconds. */
  readonly since: number;
  /** In a phrase. */
  readonly reason: string;
}

/** Which stuck instances are looked for. */
export interface StuckQuery extends Omit<Filter, "status"> {
  /** Only those that have stood so for this long, milliseconds. Default 0. */
  readonly olderThanMs?: number;
  /** At most this many, the oldest. */
  readonly limit: number;
}

/** What was found. */
export interface StuckReport {
  /** The oldest first. */
  readonly instances: readonly StuckInstance[];
  /** How many there are, as far as was looked. */
  readonly total: number;
  /** What cannot be read, by name. */
  readonly unreadable: readonly string[];
  /** Whether there was more than is looked at at a time. */
  readonly isCut: boolean;
}

const headsMax = 10_000;
const pageSize = 1_000;
/** Journals that are read to find what fails again and again. */
const journalsMax = 200;
const journalsAtOnce = 16;
const aheadMs = 3_600_000;

/** Finds instances that need someone or are late, by the indexes and at most some hundred journals. */
export async function findStuck(
  operator: Operator,
  { limit, olderThanMs = 0, ...filter }: StuckQuery,
  surveyed: Surveyed,
): Promise<StuckReport> {
  const { records, clock } = operator;
  const now = clock.now();
  const graceMs = graceMsOf(surveyed);
  const [parked, late, unwatched, moving] = await Promise.all([
    findParked(operator, filter),
    records.due({ from: 0, until: now - graceMs, limit: headsMax }),
    records.unwatched(headsMax),
    records.due({
      from: now + 1,
      until: now + aheadMs,
      statuses: ["running", "compensating"],
      limit: journalsMax,
    }),
  ]);
  const looked = moving.heads.filter((head) => fits(head, filter));
  const found = [
    ...late.heads.map((head) => lateInstance(head, now)),
    ...unwatched.heads.filter(({ updatedAt }) => updatedAt + graceMs < now).map(unwatchedInstance),
    ...(await findRetrying(operator, looked, surveyed)),
    ...parked.heads.map(parkedInstance),
  ].filter(({ head, since }) => fits(head, filter) && since <= now - olderThanMs);
  // Whoever is found twice has moved between two reads, or is parked and woken for nothing: parked counts.
  const byName = new Map(found.map((each) => [groupOf(each), each]));
  const all = [...byName.values()].sort((one, other) => one.since - other.since);
  const reads = [parked, late, unwatched, moving];
  const { instances, busy } = await oldest(operator, all, limit);
  return {
    instances: instances.map(({ head: _, ...instance }) => instance),
    total: all.length - busy,
    unreadable: [...new Set(reads.flatMap((read) => read.unreadable))],
    isCut: [parked, late, unwatched].some((read) => read.isCut),
  };
}

type Found = StuckInstance & { readonly head: HeadSummary };

/** The first of those that nobody works right now, and how many before them somebody does. */
async function oldest({ desk }: Operator, all: readonly Found[], limit: number) {
  const instances: Found[] = [];
  let busy = 0;
  for (const each of all) {
    if (instances.length === limit) break;
    const { isInWork, waiting } = (each.kind === "late" ? await desk.group(each) : undefined) ?? idle;
    if (isInWork && waiting === 0) busy += 1;
    else instances.push(each);
  }
  return { instances, busy };
}

const idle = { isInWork: false, waiting: 0 };

async function findParked({ store }: Operator, filter: Filter): Promise<FoundHeads> {
  const heads: HeadSummary[] = [];
  const unreadable: string[] = [];
  let cursor: string | undefined;
  do {
    const query: ListQuery = { ...filter, status: "parked", limit: pageSize };
    const page = await store.list(cursor === undefined ? query : { ...query, cursor });
    heads.push(...page.heads);
    unreadable.push(...(page.unreadable ?? []));
    cursor = page.cursor;
  } while (cursor !== undefined && heads.length < headsMax);
  return { heads, unreadable, isCut: cursor !== undefined };
}

function parkedInstance(head: HeadSummary): Found {
  return found(head, "parked", head.updatedAt, head.reason ?? "parked");
}

function lateInstance(head: HeadSummary, now: number): Found {
  const { watchAt = now, updatedAt } = head;
  const late = describeDuration(now - watchAt);
  if (isTimer(head)) return found(head, "late", watchAt, `was due ${late} ago, and nobody came`);
  return found(head, "late", Math.min(updatedAt, watchAt), `no progress; looked for ${late} ago in vain`);
}

function unwatchedInstance(head: HeadSummary): Found {
  const reason = isBegunImport(head) ? "its import was broken off" : "nobody will look at it again";
  return found(head, "unwatched", head.updatedAt, reason);
}

function found(head: HeadSummary, kind: StuckInstance["kind"], since: number, reason: string): Found {
  const { saga, id } = head.origin;
  const { status, step } = head;
  return { saga, id, kind, status, ...(step === undefined ? {} : { step }), since, reason, head };
}

/** Looks into journals: heads do not say how often a step has failed, or that an event is lost. */
async function findRetrying(
  operator: Operator,
  heads: readonly HeadSummary[],
  surveyed: Surveyed,
): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (let at = 0; at < heads.length; at += journalsAtOnce) {
    const some = heads.slice(at, at + journalsAtOnce);
    const looked = await Promise.all(some.map((head) => lookInto(operator, head, surveyed)));
    found.push(...looked.filter((one) => one !== undefined));
  }
  return found;
}

async function lookInto(
  operator: Operator,
  head: HeadSummary,
  surveyed: Surveyed,
): Promise<Found | undefined> {
  const instance = await loadInstance(operator.store, head.origin).catch((error: unknown) => {
    if (isUnreadable(error)) return undefined;
    throw error;
  });
  if (instance === undefined) return undefined;
  const { state } = instance;
  if (statusOf(state) === "parked") return found(head, "parked", state.at, reasonOf(state) ?? "parked");
  const facts = knownFacts(operator, instance, surveyed);
  const group = isOverdue(facts) ? await operator.desk.group(head.origin) : undefined;
  const findings = diagnose({ ...facts, group });
  const worst = findings.find(({ cause }) => cause !== "throttled" && cause !== "missingPermission");
  if (worst === undefined) return undefined;
  const kind = worst.cause === "manyRetries" ? "retrying" : "late";
  return found(head, kind, state.at, worst.problem);
}
