import type { HeadsPage } from "../../ports/operator-store.js";
import type { InstanceRef, LoadedInstance } from "../../ports/saga-store.js";
import { isUnreadable } from "../load.js";
import { type AuditFacts, auditInstance, type Gap } from "./audit-instance.js";
import type { Operator } from "./operator.js";
import { planOf } from "./plan-of.js";

/** What an audit looks at. */
export interface AuditOptions {
  /** Only instances that have changed at or after, epoch milliseconds. Default all. */
  readonly since?: number;
  /** Only this instance. Default all. */
  readonly only?: InstanceRef;
  /** How long published domain events are remembered, milliseconds. */
  readonly retentionMs: number;
}

/** What was found. */
export interface Audited {
  readonly ref: InstanceRef;
  readonly gaps: readonly Gap[];
  /** As it was read; `undefined` where it cannot be. */
  readonly loaded: LoadedInstance | undefined;
}

/** A page of instances that were compared. */
export interface AuditPage {
  /** How many were looked at. */
  readonly count: number;
  /** Those that have gaps. */
  readonly broken: readonly Audited[];
  /** How much of all is behind with it, as a part of 1; `undefined` where nobody knows. */
  readonly part: number | undefined;
}

const pageSize = 200;
/** Instances read side by side. */
const concurrency = 16;
/** An index lags behind; whoever is at work when an instance is read has written by then, milliseconds. */
const secondLookMs = 1_000;
/** The same where queues tell who is at work, and no index is behind them. */
const secondLookNearMs = 100;

/** Compares instances page by page. What does not fit is read twice: somebody may just be at work. */
export async function* auditInstances(operator: Operator, options: AuditOptions): AsyncGenerator<AuditPage> {
  for await (const { refs, part } of pagesOf(operator, options)) {
    const suspects = await auditAll(operator, refs, options);
    const [first] = suspects;
    if (first === undefined) {
      yield { count: refs.length, broken: [], part };
      continue;
    }
    const isNear = (await operator.desk.group(first.ref)) !== undefined;
    await new Promise<void>((resolve) =>
      operator.clock.after(isNear ? secondLookNearMs : secondLookMs, resolve),
    );
    const again = await auditAll(
      operator,
      suspects.map(({ ref }) => ref),
      options,
    );
    const broken = again.flatMap((one) => {
      const before = suspects.find(({ ref }) => isSame(ref, one.ref));
      return before === undefined ? [] : lasting(before, one);
    });
    yield { count: refs.length, broken: await withoutBusy(operator, broken), part };
  }
}

async function* pagesOf(
  { records }: Operator,
  { only, since }: AuditOptions,
): AsyncGenerator<Omit<HeadsPage, "cursor">> {
  if (only !== undefined) {
    yield { refs: [only] };
    return;
  }
  let cursor: string | undefined;
  do {
    const query = { limit: pageSize, ...(since !== undefined && { since }), ...(cursor && { cursor }) };
    const page = await records.instances(query);
    yield page;
    cursor = page.cursor;
  } while (cursor !== undefined);
}

/** @returns those that have gaps */
async function auditAll(
  operator: Operator,
  refs: readonly InstanceRef[],
  options: AuditOptions,
): Promise<readonly Audited[]> {
  const found: Audited[] = [];
  for (let at = 0; at < refs.length; at += concurrency) {
    const some = refs.slice(at, at + concurrency);
    found.push(...(await Promise.all(some.map((ref) => auditOne(operator, ref, options)))));
  }
  return found.filter(({ gaps }) => gaps.length > 0);
}

async function auditOne(operator: Operator, ref: InstanceRef, options: AuditOptions): Promise<Audited> {
  const { store, records, clock } = operator;
  try {
    const [loaded, indexed, published] = await Promise.all([
      store.load(ref),
      records.indexed(ref),
      records.published(ref),
    ]);
    if (loaded === undefined) return { ref, gaps: [], loaded }; // its retention was over meanwhile
    const now = clock.now();
    const plan = planOf(operator, loaded.head.origin);
    const publishedSince = now - options.retentionMs;
    const facts: AuditFacts = { ...loaded, plan, indexed, published, publishedSince, now };
    return { ref, gaps: auditInstance(facts), loaded };
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    const gap: Gap = { kind: "unreadable", problem: error.problem, heal: { how: "backup" } };
    return { ref, gaps: [gap], loaded: undefined };
  }
}

/** What was found both times, while nobody changed it. */
function lasting(before: Audited, now: Audited): Audited[] {
  const hasMoved =
    before.loaded?.head.rev !== now.loaded?.head.rev ||
    before.loaded?.entries.length !== now.loaded?.entries.length;
  const gaps = now.gaps.filter(
    ({ kind, heal }) => before.gaps.some((gap) => gap.kind === kind) && (!hasMoved || heal.how === "backup"),
  );
  return gaps.length === 0 ? [] : [{ ...now, gaps }];
}

/** Without those that somebody is at work on, where queues tell: what is missing may come in a moment. */
async function withoutBusy(operator: Operator, found: readonly Audited[]): Promise<readonly Audited[]> {
  const groups = await Promise.all(found.map(({ ref }) => operator.desk.group(ref)));
  return found.filter(({ gaps }, at) => {
    const { isInWork = false, waiting = 0 } = groups[at] ?? {};
    return (!isInWork && waiting === 0) || gaps.some(({ heal }) => heal.how === "backup");
  });
}

function isSame(one: InstanceRef, other: InstanceRef): boolean {
  return one.saga === other.saga && one.id === other.id;
}
