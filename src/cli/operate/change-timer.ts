import type { Command } from "../../core/decide/input.js";
import { planOf } from "../../runtime/operate/plan-of.js";
import { parseRef } from "../parse.js";
import type { Session } from "../session.js";
import { colored } from "../status-colors.js";
import { iso, localTime, relative } from "../times.js";
import type { Answer, VerbOptions } from "../verb.js";
import { readReason } from "./actor-options.js";
import { findTimer } from "./find-timer.js";
import { operatorOf } from "./operator-of.js";
import { movedTo, readMove } from "./timer-time.js";

/** What can be done to a timer. */
export type TimerChange = "move" | "fire" | "cancel";

/** Moves, fires or cancels a timer. @throws SagaError USAGE, INSTANCE_UNKNOWN, COMMAND_REFUSED */
export async function changeTimer(
  session: Session,
  kind: TimerChange,
  name: string,
  step: string,
  options: VerbOptions,
): Promise<Answer> {
  const ref = parseRef(name);
  const now = session.clock.now();
  const move = kind === "move" ? readMove(options, now) : undefined;
  const operator = await operatorOf(session, ref);
  const client = await session.client();
  const { head, state } = await client.get(ref);
  const timer = findTimer(state, planOf(operator, head.origin), { step, kind, now });
  const dueAt =
    move === undefined
      ? now
      : movedTo(move, { dueAt: timer.dueAt, now, fire: session.command(`timers fire ${name} ${step}`) });
  if (kind === "cancel" && options.yes !== true && !(await session.confirm(question(name, step)))) {
    return answer(session, { ...ref, step, applied: false, status: head.status, dueAt: timer.dueAt });
  }
  const commands: Readonly<Record<TimerChange, Command>> = {
    move: { kind: "moveTimer", step, dueAt },
    fire: { kind: "fireTimer", step },
    cancel: { kind: "cancelTimer", step },
  };
  const given = { actor: session.actor, ...readReason(options) };
  const after = await client.command(ref, commands[kind], given);
  session.noticeIfIdle();
  const due = kind === "cancel" ? undefined : dueAt;
  return answer(
    session,
    { ...ref, step, applied: after.applied, status: after.head.status, dueAt: due },
    kind,
  );
}

function question(name: string, step: string): string {
  return `Cancel the timer of ${step} in ${name}? It then waits as long as it takes.`;
}

interface Changed {
  readonly saga: string;
  readonly id: string;
  readonly step: string;
  readonly applied: boolean;
  readonly status: Parameters<typeof colored>[0];
  readonly dueAt: number | undefined;
}

/** @param kind what was done; `undefined`: a person said no */
function answer(session: Session, changed: Changed, kind?: TimerChange): Answer {
  const { saga, id, step, applied, status, dueAt } = changed;
  const now = session.clock.now();
  return {
    json: { saga, id, step, applied, status, dueAt: iso(dueAt) },
    text: (style) => {
      const name = style.colors.bold(`${saga}/${id}`);
      const when = dueAt === undefined ? "never" : `${localTime(dueAt)}, ${relative(dueAt, now)}`;
      if (!applied) return `Nothing changed: ${name} is ${colored(status, style)}, ${step} is due ${when}.`;
      if (kind === "fire")
        return `${step} of ${name} is due now. See ${session.command(`show ${saga}/${id}`)}`;
      if (kind === "cancel") return `${step} of ${name} waits as long as it takes.`;
      return `${step} of ${name} is due ${when}.`;
    },
    exitCode: kind === undefined ? 1 : 0,
  };
}
