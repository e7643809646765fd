import { SagaError } from "../../errors/saga-error.js";
import type { KeptMessage, KeptQuery } from "../../ports/operator-store.js";
import type { Operator } from "../../runtime/operate/operator.js";
import type { Session } from "../session.js";
import { iso, relative } from "../times.js";

const pageSize = 1_000;

/** Kept messages, the newest first, and whether there are more. */
export interface Kept {
  readonly messages: readonly KeptMessage[];
  readonly isCut: boolean;
}

/** Reads kept messages, with a notice for those that cannot be read. */
export async function readKept(
  session: Session,
  operator: Operator,
  { limit, ...query }: KeptQuery,
): Promise<Kept> {
  const messages: KeptMessage[] = [];
  let cursor: string | undefined;
  do {
    const size = Math.min(pageSize, limit - messages.length);
    const page = await operator.records.kept({ ...query, limit: size, ...(cursor && { cursor }) });
    messages.push(...page.messages);
    for (const name of page.unreadable ?? []) session.notice(`The message ${name} cannot be read.`);
    cursor = page.cursor;
  } while (cursor !== undefined && messages.length < limit);
  return { messages, isCut: cursor !== undefined };
}

/** The messages of these ids that nobody has done with. @throws SagaError MESSAGE_UNKNOWN */
export async function findKept(
  operator: Operator | undefined,
  ids: readonly string[],
): Promise<readonly KeptMessage[]> {
  return Promise.all(
    ids.map(async (id) => {
      const message = await operator?.records.keptMessage(id);
      if (message === undefined) throw noMessage(id);
      if (message.done === undefined) return message;
      const problem = `The message "${id}" was ${doneText(message.done)}.`;
      throw new SagaError("MESSAGE_UNKNOWN", problem, { details: { id } });
    }),
  );
}

/** The error about a message that is not there. */
export function noMessage(id: string): SagaError {
  return new SagaError("MESSAGE_UNKNOWN", `No message "${id}" is kept.`, { details: { id } });
}

/** A message as JSON output has it, without its body. */
export function keptJson({ id, kind, at, source, reason, instance, receives, done }: KeptMessage) {
  return {
    id,
    kind,
    at: iso(at),
    source,
    reason,
    instance: instance === undefined ? null : `${instance.saga}/${instance.id}`,
    receives,
    done: done === undefined ? null : doneJson(done),
  };
}

function doneJson({ how, actor, reason, at }: NonNullable<KeptMessage["done"]>) {
  return { how, actor: { user: actor.user, host: actor.host ?? null }, reason: reason ?? null, at: iso(at) };
}

/** Who has done with a message: `dropped by anna@desk (a test)`. */
export function doneText({ how, actor, reason }: NonNullable<KeptMessage["done"]>): string {
  const who = actor.host === undefined ? actor.user : `${actor.user}@${actor.host}`;
  return `${how} by ${who}${reason === undefined ? "" : ` (${reason})`}`;
}

/** A message as cells of a table: id, instance, since when, from where, why. */
export function keptCells(
  { id, instance, at, source, reason, done }: KeptMessage,
  now: number,
): readonly string[] {
  const name = instance === undefined ? "" : `${instance.saga}/${instance.id}`;
  return [id, name, relative(at, now), source, done === undefined ? reason : doneText(done)];
}
