import { isSagaError } from "../../errors/saga-error.js";
import type { Done, KeptMessage } from "../../ports/operator-store.js";
import { prepareRequeue } from "../../runtime/operate/requeue-message.js";
import { cutNotice, usage } from "../parse.js";
import type { Session } from "../session.js";
import type { Style } from "../style.js";
import { renderTable } from "../table.js";
import { localTime } from "../times.js";
import type { Answer, VerbOptions } from "../verb.js";
import { readReason } from "./actor-options.js";
import { doneText, findKept, keptCells, keptJson, noMessage, readKept } from "./kept-messages.js";

/** Kept messages, the newest first. */
export async function listKept(session: Session, limit: number, withDone: boolean): Promise<Answer> {
  const operator = await session.operator();
  const query = { limit, withDone };
  const { messages, isCut } = operator
    ? await readKept(session, operator, query)
    : { messages: [], isCut: false };
  if (isCut) session.notice(cutNotice(limit, false));
  return { json: messages.map(keptJson), text: (style) => render(messages, session.clock.now(), style) };
}

function render(messages: readonly KeptMessage[], now: number, { colors, width }: Style): string {
  if (messages.length === 0) return "No message is kept.";
  const head = ["MESSAGE", "INSTANCE", "SINCE", "FROM", "KIND", "WHY"].map((title) => colors.dim(title));
  const rows = messages.map((message) => {
    const [id = "", ...more] = keptCells(message, now);
    const kind = message.kind === "deadLetter" ? "dead letter" : message.kind;
    return [colors.bold(id), ...more.slice(0, -1), kind, more.at(-1) ?? ""];
  });
  return renderTable([head, ...rows], { width });
}

/** A kept message with its body. @throws SagaError MESSAGE_UNKNOWN */
export async function showKept(session: Session, id: string): Promise<Answer> {
  const message = await (await session.operator())?.records.keptMessage(id);
  if (message === undefined) throw noMessage(id);
  const { instance, kind, source, at, receives, reason, done, body } = message;
  const name = instance === undefined ? undefined : `${instance.saga}/${instance.id}`;
  const times = receives === 1 ? "once" : `${receives} times`;
  return {
    json: { ...keptJson(message), body },
    text: ({ colors }) =>
      [
        `${colors.bold(id)}  ${kind === "deadLetter" ? "dead letter" : kind}${name ? ` of ${name}` : ""}`,
        `From ${source}, ${localTime(at)}, delivered ${times}: ${reason}`,
        ...(done === undefined ? [] : [`${doneText(done)}, ${localTime(done.at)}`]),
        "",
        body,
      ].join("\n"),
  };
}

/** Notes that messages are of no use. @throws SagaError USAGE, MESSAGE_UNKNOWN */
export async function dropKept(
  session: Session,
  ids: readonly string[],
  options: VerbOptions,
): Promise<Answer> {
  const { reason } = options;
  if (typeof reason !== "string" || reason.trim() === "") {
    throw usage("A message is dropped for a --reason.", 'Say why, such as --reason "a test message".');
  }
  const operator = await session.operator();
  const messages = await findKept(operator, ids);
  const question = `Drop ${messages.length === 1 ? ids[0] : `${messages.length} messages`}?`;
  if (options.yes !== true && !(await session.confirm(question))) return settled([]);
  const done: Done = { how: "dropped", actor: session.actor, reason, at: session.clock.now() };
  const results: Settled[] = [];
  for (const message of messages) {
    const isFirst = (await operator?.records.finish(message.id, done)) === true;
    results.push({ message, how: isFirst ? "dropped" : "unchanged", problem: undefined });
  }
  return settled(results);
}

/** Sends messages once more. @throws SagaError MESSAGE_UNKNOWN, of a single one COMMAND_REFUSED */
export async function requeueKept(
  session: Session,
  ids: readonly string[],
  options: VerbOptions,
): Promise<Answer> {
  const operator = await session.operator();
  const messages = await findKept(operator, ids);
  if (operator === undefined) return settled([]);
  const results: Settled[] = [];
  for (const message of messages) {
    try {
      const { lane, envelope } = await prepareRequeue(operator, message);
      // Sent before it is noted: whoever dies between the two leaves a message that can be sent once more.
      await operator.queue.send(lane, envelope);
    } catch (error) {
      if (!isSagaError(error) || messages.length === 1) throw error;
      results.push({ message, how: "refused", problem: `${error.problem} ${error.fix}` });
      continue;
    }
    const done: Done = {
      how: "requeued",
      actor: session.actor,
      ...readReason(options),
      at: session.clock.now(),
    };
    const isFirst = await operator.records.finish(message.id, done);
    results.push({ message, how: isFirst ? "requeued" : "unchanged", problem: undefined });
  }
  session.noticeIfIdle();
  return settled(results);
}

interface Settled {
  readonly message: KeptMessage;
  readonly how: Done["how"] | "unchanged" | "refused";
  readonly problem: string | undefined;
}

function settled(results: readonly Settled[]): Answer {
  const isDone = results.length > 0 && results.every(({ how }) => how !== "refused");
  return {
    json: results.map(({ message, how, problem }) => ({ id: message.id, how, problem: problem ?? null })),
    text: ({ colors }) =>
      results.length === 0
        ? "Nothing changed."
        : results
            .map(({ message, how, problem }) => {
              const said = how === "unchanged" ? "somebody was first" : how;
              return `${colors.bold(message.id)}: ${problem === undefined ? said : `${said}: ${problem}`}`;
            })
            .join("\n"),
    exitCode: isDone ? 0 : 1,
  };
}
