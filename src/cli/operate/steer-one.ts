import { isOver, reasonOf, statusOf } from "../../core/journal/status.js";
import type { InstanceRef } from "../../ports/saga-store.js";
import { neverStarted } from "../parse.js";
import type { Session } from "../session.js";
import { colored } from "../status-colors.js";
import type { Answer, VerbOptions } from "../verb.js";
import { readReason } from "./actor-options.js";
import type { Steering } from "./steering.js";

/** Gives a command to one instance. @throws SagaError as `SagaClient.command`, USAGE */
export async function steerOne(
  steering: Steering,
  ref: InstanceRef,
  step: string | undefined,
  options: VerbOptions,
  session: Session,
): Promise<Answer> {
  const { saga, id } = ref;
  const name = `${saga}/${id}`;
  await session.config(); // it may name another store
  // A reader makes no store where there is none.
  if ((await session.reader()) === undefined) throw neverStarted(name);
  const client = await session.client();
  const instance = await client.get(ref);
  const command = await steering.command({ instance, step, options, session });
  const { state } = instance;
  // What is over refuses all but a replay: there is nothing to ask.
  const asks = options.yes !== true && (!isOver(state) || command.kind === "replay");
  const question = asks ? steering.question?.(state, options) : undefined;
  if (question !== undefined && !(await session.confirm(`${name} is ${statusOf(state)}. ${question}`))) {
    const json = { saga, id, applied: false, status: statusOf(state), reason: reasonOf(state) ?? null };
    return {
      json: { ...json, ...steering.also?.(state).json },
      text: (style) => `Nothing changed: ${style.colors.bold(name)} is ${colored(statusOf(state), style)}.`,
      exitCode: 1,
    };
  }
  const { applied, head } = await client.command(ref, command, {
    actor: session.actor,
    ...readReason(options),
  });
  if (applied) session.noticeIfIdle();
  const after = await client.get(ref);
  const { lastCommand } = await import("../../runtime/last-command.js");
  const last = lastCommand(after.entries, session.clock.now());
  const also = steering.also?.(after.state);
  return {
    json: { saga, id, applied, status: head.status, reason: head.reason ?? null, ...also?.json },
    text: (style) => {
      const bold = style.colors.bold(name);
      const now = colored(head.status, style);
      if (!applied) {
        return `${bold} ${steering.already}: it is ${now}.${last === undefined ? "" : ` Before: ${last}.`}`;
      }
      const more = also === undefined ? "" : ` ${also.text}`;
      const done = steering.done === undefined ? "" : `${steering.done} and `;
      return `${bold} ${done}is now ${now}.${more} See ${session.command(`show ${name}`)}`;
    },
  };
}
