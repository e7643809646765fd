import type { Status } from "../../core/journal/state.js";
import { statusOf } from "../../core/journal/status.js";
import type { InstanceRef } from "../../ports/saga-store.js";
import { type Folded, isUnreadable, loadExisting, loadInstance } from "../../runtime/load.js";
import type { Operator } from "../../runtime/operate/operator.js";
import { planOf } from "../../runtime/operate/plan-of.js";
import { type Timer, timersOf } from "../../runtime/operate/timers-of.js";
import { cutNotice } from "../parse.js";
import type { Session } from "../session.js";
import { colored } from "../status-colors.js";
import type { Style } from "../style.js";
import { renderTable } from "../table.js";
import { iso, localTime, relative } from "../times.js";
import type { Answer } from "../verb.js";
import { operatorOf } from "./operator-of.js";

interface Row extends Timer, InstanceRef {
  readonly status: Status;
}

/** Lists the timers of an instance, or the next one of each that is due next. */
export async function listTimers(
  session: Session,
  ref: InstanceRef | undefined,
  limit: number,
): Promise<Answer> {
  const now = session.clock.now();
  const rows =
    ref === undefined ? await nextTimers(session, limit, now) : await timersOfOne(session, ref, now);
  return { json: rows.map((row) => rowJson(row, now)), text: (style) => render(rows, now, style) };
}

async function timersOfOne(session: Session, ref: InstanceRef, now: number): Promise<readonly Row[]> {
  const operator = await operatorOf(session, ref);
  return rowsOf(operator, await loadExisting(operator.store, ref), now);
}

/** Watch times alone do not say what is due: the instances themselves do. */
async function nextTimers(session: Session, limit: number, now: number): Promise<readonly Row[]> {
  const operator = await session.operator();
  if (operator === undefined) return [];
  const { heads, isCut, unreadable } = await operator.records.due({
    from: now,
    until: Number.MAX_SAFE_INTEGER,
    statuses: ["running", "waiting", "compensating"],
    limit,
  });
  if (isCut) session.notice(cutNotice(limit, false));
  const broken = [...unreadable];
  const rows: Row[] = [];
  for (const { origin } of heads) {
    try {
      const loaded = await loadInstance(operator.store, origin);
      const next = loaded && rowsOf(operator, loaded, now)[0];
      if (next?.dueAt !== undefined) rows.push(next);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      broken.push(`${origin.saga}/${origin.id}`);
    }
  }
  for (const name of broken)
    session.notice(`${name} cannot be read. See ${session.command(`doctor ${name}`)}`);
  return rows.sort((a, b) => (a.dueAt ?? 0) - (b.dueAt ?? 0));
}

function rowsOf(operator: Operator, { head, state }: Folded, now: number): readonly Row[] {
  const { saga, id } = state;
  const timers = timersOf(state, planOf(operator, head.origin), now);
  return timers.map((timer) => ({ saga, id, status: statusOf(state), ...timer }));
}

function rowJson({ saga, id, status, step, kind, dueAt, attempt, canMove, canCancel }: Row, now: number) {
  return {
    saga,
    id,
    status,
    step: step ?? null,
    kind,
    dueAt: iso(dueAt),
    inMs: dueAt === undefined ? null : dueAt - now,
    attempt: attempt ?? null,
    canMove,
    canCancel,
  };
}

function render(rows: readonly Row[], now: number, style: Style): string {
  if (rows.length === 0) return "Nothing waits for a time.";
  const { colors, width } = style;
  const head = ["INSTANCE", "STATUS", "STEP", "KIND", "DUE", "WHEN"].map((title) => colors.dim(title));
  const body = rows.map(({ saga, id, status, step, kind, dueAt, attempt }) => [
    colors.bold(`${saga}/${id}`),
    colored(status, style),
    step ?? "",
    attempt === undefined ? kind : `${kind} ${attempt}`,
    dueAt === undefined ? "never" : localTime(dueAt),
    dueAt === undefined ? "" : relative(dueAt, now),
  ]);
  return renderTable([head, ...body], { width });
}
