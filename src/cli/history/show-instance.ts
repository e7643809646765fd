import { describeSteps } from "../../core/journal/describe-steps.js";
import { compile } from "../../core/plan/compile.js";
import type { SagaPlan } from "../../core/plan/plan.js";
import type { Instance } from "../../runtime/client.js";
import { neverStarted, parseRef } from "../parse.js";
import type { Session } from "../session.js";
import type { Answer, VerbOptions } from "../verb.js";
import { instanceJson } from "../verbs/show-json.js";
import { renderInstance } from "../verbs/show-text.js";
import { hasRules, readRules, redactInstance } from "./show-redacted.js";

/** Everything about an instance. @throws SagaError USAGE, INSTANCE_UNKNOWN, JOURNAL_CORRUPT */
export async function showInstance(
  session: Session,
  name: string,
  { journal, unredacted }: VerbOptions,
): Promise<Answer> {
  const ref = parseRef(name);
  const client = await session.reader();
  if (client === undefined) throw neverStarted(name);
  const loaded = await client.get(ref);
  const rules = unredacted === true ? [] : await readRules(session, ref.saga);
  if (rules === undefined) {
    session.notice(`Nothing is redacted: no configuration here declares "${ref.saga}".`);
  }
  const instance = redactInstance(loaded, rules);
  const plan = await findPlan(session, instance);
  const { head, entries, state } = instance;
  const now = session.clock.now();
  const steps = describeSteps(plan, head.origin, entries, state, now);
  return {
    json: instanceJson(instance, steps, hasRules(rules)),
    text: (style) => renderInstance({ instance, steps, now, style, withJournal: journal === true }),
  };
}

/** The plan that the instance runs by; `undefined` where the configuration does not have it any more. */
async function findPlan(session: Session, { state }: Instance): Promise<SagaPlan | undefined> {
  const loaded = await session.anyConfig();
  if (loaded === undefined) return undefined;
  const saga = loaded.config.sagas.find(
    ({ name, version }) => name === state.saga && version === state.version,
  );
  if (saga === undefined) {
    session.notice(
      `Version ${state.version} of "${state.saga}" is not declared: steps not started are not shown.`,
    );
    return undefined;
  }
  const plan = compile(saga);
  if (plan.fingerprint === state.fingerprint) return plan;
  session.notice(`The definition of "${state.saga}" has changed since: steps not started are not shown.`);
  return undefined;
}
