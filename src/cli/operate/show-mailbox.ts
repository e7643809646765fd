import type { Mail } from "../../core/journal/entry.js";
import { redactHistory, redactRulesOf } from "../../core/redact/redact-history.js";
import { createRedaction } from "../../core/redact/redaction.js";
import { SagaError } from "../../errors/saga-error.js";
import { type Folded, loadInstance } from "../../runtime/load.js";
import { type MailState, mailStateOf } from "../../runtime/operate/mail-state.js";
import { planOf } from "../../runtime/operate/plan-of.js";
import { parseRef } from "../parse.js";
import type { Session } from "../session.js";
import type { Style } from "../style.js";
import { renderTable } from "../table.js";
import { iso, relative } from "../times.js";
import type { Answer } from "../verb.js";
import { operatorOf } from "./operator-of.js";

/** The domain events of an instance. @throws SagaError INSTANCE_UNKNOWN where there are none either */
export async function showMailbox(session: Session, name: string): Promise<Answer> {
  const ref = parseRef(name);
  const operator = await operatorOf(session, ref);
  const instance = await loadInstance(operator.store, ref);
  const mail = instance?.mail ?? (await operator.store.mail(ref));
  if (instance === undefined && mail.length === 0) throw nothing(name);
  const plan = instance && planOf(operator, instance.head.origin);
  const shown = await redacted(session, ref.saga, mail, instance);
  const letters = mail.map((one, at): Letter => {
    const state = mailStateOf(plan, instance?.state, one);
    return { ...one, state, takenBy: instance?.state.taken[one.id] ?? null, payload: shown?.[at]?.payload };
  });
  if (instance === undefined) session.notice(`${name} was not started yet: its mail waits for that.`);
  return {
    json: { ...ref, started: instance !== undefined, mail: letters.map(letterJson) },
    text: (style) => render(session, name, letters, style),
  };
}

/** The mail without what its saga keeps to itself; `undefined` where nobody knows what that is. */
async function redacted(
  session: Session,
  saga: string,
  mail: readonly Mail[],
  instance: Folded | undefined,
): Promise<readonly Mail[] | undefined> {
  const rules = redactRulesOf((await session.anyConfig())?.config.sagas ?? [], saga);
  if (rules === undefined) {
    session.notice(
      `The saga "${saga}" is not declared: what its mail carries is left out, it may be secret.`,
    );
    return undefined;
  }
  if (instance !== undefined) return redactHistory({ ...instance, origin: instance.head.origin }, rules).mail;
  const { value } = createRedaction(
    rules,
    mail.map(({ payload }) => payload),
  );
  return mail.map((one) => ({ ...one, payload: value(one.payload) }));
}

interface Letter extends Omit<Mail, "payload"> {
  readonly state: MailState;
  /** The step that has it. */
  readonly takenBy: string | null;
  /** `undefined` where it is left out. */
  readonly payload: Mail["payload"] | undefined;
}

function letterJson({ id, event, receivedAt, state, takenBy, payload }: Letter) {
  return { id, event, receivedAt: iso(receivedAt), state, takenBy, payload: payload ?? null };
}

function nothing(name: string): SagaError {
  const problem = `There is no instance "${name}", and no domain event was accepted for it.`;
  return new SagaError("INSTANCE_UNKNOWN", problem);
}

function render(session: Session, name: string, letters: readonly Letter[], style: Style): string {
  if (letters.length === 0) return `The mailbox of ${name} is empty.`;
  const { colors, width } = style;
  const now = session.clock.now();
  const head = ["EVENT", "ID", "RECEIVED", "STATE", "PAYLOAD"].map((title) => colors.dim(title));
  const rows = letters.map(({ event, id, receivedAt, state, takenBy, payload }) => [
    colors.bold(event),
    id,
    relative(receivedAt, now),
    takenBy === null ? coloredState(state, style) : `taken by ${takenBy}`,
    payload === undefined ? "" : JSON.stringify(payload),
  ]);
  return renderTable([head, ...rows], { width });
}

function coloredState(state: MailState, { colors }: Style): string {
  return state === "unclaimed" || state === "unknown" ? colors.yellow(state) : state;
}
