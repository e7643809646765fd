import type { AnySaga } from "../definition/nodes.js";
import type { Change, ErrorInfo, JournalEntry, Mail, Origin } from "../journal/entry.js";
import type { Json } from "../json.js";
import { createRedaction, type Redaction, type RedactRules } from "./redaction.js";

/** All that is journalled of an instance. */
export interface Journalled {
  readonly origin: Origin;
  readonly entries: readonly JournalEntry[];
  readonly mail: readonly Mail[];
}

/** What all versions of a saga keep to themselves; `undefined` where none is declared. */
export function redactRulesOf(sagas: readonly AnySaga[], saga: string): RedactRules | undefined {
  const versions = sagas.filter(({ name }) => name === saga);
  return versions.length === 0 ? undefined : versions.flatMap(({ redact }) => redact);
}

/** What takes out of an instance's texts and values what the rules say. */
export function redactionOf({ origin, entries, mail }: Journalled, rules: RedactRules): Redaction {
  return createRedaction(rules, [
    origin.input,
    origin.tags ?? null,
    ...mail.map(({ payload }) => payload),
    ...entries.flatMap(({ changes, publish = [] }) => [
      ...changes.flatMap((change) => {
        return "output" in change && change.output !== undefined ? [change.output] : [];
      }),
      ...publish.map(({ payload }) => payload),
    ]),
  ]);
}

/**
 * The journal without what its saga keeps to itself. Names, ids and times stay, so that it folds as before;
 * `undefined` rules leave it as it is.
 */
export function redactHistory<History extends Journalled>(
  history: History,
  rules: RedactRules | undefined,
): History {
  if (rules === undefined || rules.length === 0) return history;
  const redaction = redactionOf(history, rules);
  const { origin, entries, mail } = history;
  return {
    ...history,
    origin: redactOrigin(redaction, origin),
    entries: entries.map((entry) => redactEntry(redaction, entry)),
    mail: mail.map((letter) => ({ ...letter, payload: redaction.value(letter.payload) })),
  };
}

function redactOrigin({ value }: Redaction, origin: Origin): Origin {
  const { tags } = origin;
  return {
    ...origin,
    input: value(origin.input),
    ...(tags === undefined ? {} : { tags: value(tags) as typeof tags }),
  };
}

/** An entry without what is secret. */
function redactEntry(redaction: Redaction, entry: JournalEntry): JournalEntry {
  const { cause, changes, publish } = entry;
  return {
    ...entry,
    cause: cause.reason === undefined ? cause : { ...cause, reason: redaction.text(cause.reason) },
    changes: changes.map((change) => redactChange(redaction, change)),
    ...(publish === undefined
      ? {}
      : { publish: publish.map((event) => ({ ...event, payload: redaction.value(event.payload) })) }),
  };
}

/** Any change, seen as one that may have each of these fields. */
interface LooseChange {
  readonly kind: string;
  readonly error?: ErrorInfo;
  readonly reason?: string | { readonly message: string };
  readonly output?: Json;
}

function redactChange({ value, text }: Redaction, change: Change): Change {
  const { error, reason, output }: LooseChange = change;
  const say =
    typeof reason === "string" ? text(reason) : reason && { ...reason, message: text(reason.message) };
  return {
    ...change,
    ...(error === undefined ? {} : { error: redactError(text, error) }),
    ...(say === undefined ? {} : { reason: say }),
    ...(output === undefined ? {} : { output: value(output) }),
  } as Change;
}

function redactError(text: Redaction["text"], { name, message, cause }: ErrorInfo): ErrorInfo {
  const shown = { name, message: text(message) };
  return cause === undefined ? shown : { ...shown, cause: redactError(text, cause) };
}
