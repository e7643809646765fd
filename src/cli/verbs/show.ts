import { describeSteps } from "../../core/journal/describe-steps.js";
import type { SagaPlan } from "../../core/plan/plan.js";
import type { Instance } from "../../runtime/client.js";
import { neverStarted, parseRef } from "../parse.js";
import type { Session } from "../session.js";
import type { Verb } from "../verb.js";
import { instanceJson } from "./show-json.js";
import { renderInstance } from "./show-text.js";

/** `backstep show`: everything about one instance. */
export const show: Verb = {
  name: "show",
  summary: "show an instance: its steps, attempts and errors",
  args: [{ flags: "<saga/id>", meaning: "the instance, such as order/o-42" }],
  options: [{ flags: "--journal", meaning: "also every transition (with --json it is always there)" }],
  examples: ["backstep show order/o-42 --journal"],
  async run([name = ""], { journal }, session) {
    const ref = parseRef(name);
    const client = await session.reader();
    if (client === undefined) throw neverStarted(name);
    const instance = await client.get(ref);
    const plan = await findPlan(session, instance);
    const { head, entries, state } = instance;
    const now = session.clock.now();
    const steps = describeSteps(plan, head.origin, entries, state, now);
    return {
      json: instanceJson(instance, steps),
      text: (style) => renderInstance({ instance, steps, now, style, withJournal: journal === true }),
    };
  },
};

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
  const { compile } = await import("../../core/plan/compile.js");
  const plan = compile(saga);
  if (plan.fingerprint === state.fingerprint) return plan;
  session.notice(`The definition of "${state.saga}" has changed since: steps not started are not shown.`);
  return undefined;
}
