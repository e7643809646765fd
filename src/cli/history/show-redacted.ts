import { fold } from "../../core/journal/evolve.js";
import { redactHistory, redactRulesOf } from "../../core/redact/redact-history.js";
import type { RedactRules } from "../../core/redact/redaction.js";
import type { LoadedInstance } from "../../ports/saga-store.js";
import type { Instance } from "../../runtime/client.js";
import { usage } from "../parse.js";
import type { Session } from "../session.js";
import type { VerbOptions } from "../verb.js";

/** What an instance's saga keeps to itself; `undefined` where no configuration says it. */
export async function readRules(session: Session, saga: string): Promise<RedactRules | undefined> {
  const loaded = await session.anyConfig();
  return loaded === undefined ? undefined : redactRulesOf(loaded.config.sagas, saga);
}

/**
 * What an instance's saga keeps to itself, for what leaves this place; nothing with `--unredacted`.
 * @throws SagaError USAGE where no configuration says it
 */
export async function neededRules(
  session: Session,
  saga: string,
  { unredacted }: VerbOptions,
): Promise<RedactRules> {
  const rules = unredacted === true ? [] : await readRules(session, saga);
  if (rules !== undefined) return rules;
  throw usage(
    `Nothing says what "${saga}" keeps to itself: no configuration here declares it.`,
    "Run it in the project that declares it, or take everything out as it is: --unredacted.",
  );
}

/** Whether rules take anything out. */
export function hasRules(rules: RedactRules | undefined): boolean {
  return rules !== undefined && rules.length > 0;
}

/** The instance without what the rules take out, folded anew. */
export function redactInstance(instance: LoadedInstance, rules: RedactRules | undefined): Instance {
  const { head, entries, mail } = instance;
  const shown = redactHistory({ origin: head.origin, entries, mail }, rules);
  const { origin } = shown;
  return {
    head: { ...head, origin },
    entries: shown.entries,
    mail: shown.mail,
    state: fold(origin, shown.entries),
  };
}
