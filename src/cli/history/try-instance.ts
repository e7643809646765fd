import type { Command } from "../../core/decide/input.js";
import type { InstanceState } from "../../core/journal/state.js";
import { statusOf } from "../../core/journal/status.js";
import { redactionOf } from "../../core/redact/redact-history.js";
import { historyOf } from "../../testing/history/history.js";
import { neverStarted, parseRef, usage } from "../parse.js";
import type { Session } from "../session.js";
import type { Answer, VerbOptions } from "../verb.js";
import { renderTried, triedJson } from "./render-tried.js";
import { hasRules, readRules, redactInstance } from "./show-redacted.js";
import { tryNext } from "./try-next.js";

/**
 * What the code of the working tree would do with an instance, without effects.
 * @throws SagaError USAGE, CONFIG_NOT_FOUND, INSTANCE_UNKNOWN, SAGA_UNKNOWN, VERSION_CONFLICT,
 * COMMAND_REFUSED
 */
export async function tryInstance(session: Session, name: string, options: VerbOptions): Promise<Answer> {
  const ref = parseRef(name);
  const { sagas } = (await session.config()).config;
  const client = await session.reader();
  if (client === undefined) throw neverStarted(name);
  const instance = await client.get(ref);
  const command = commandFor(instance.state, options);
  const tried = await tryNext(historyOf(instance), {
    sagas,
    command,
    actor: session.actor,
    now: session.clock.now(),
    isCalling: options.call === true,
  });
  const rules = (options.unredacted === true ? [] : await readRules(session, ref.saga)) ?? [];
  const { head, entries, mail } = tried.after;
  const { text: say } = redactionOf({ origin: head.origin, entries, mail }, rules);
  const known = instance.entries.length;
  const view = {
    before: redactInstance(instance, rules).state,
    after: redactInstance(tried.after, rules),
    known,
    command,
    differences: tried.differences.map(({ n, then, now }) => ({ n, then: say(then), now: say(now) })),
    calls: tried.calls.map((call) => (call.text === undefined ? call : { ...call, text: say(call.text) })),
    redacted: hasRules(rules),
  };
  const isParked = statusOf(view.after.state) === "parked";
  return {
    json: triedJson(view),
    text: (style) => renderTried(view, style),
    exitCode: view.differences.length > 0 || isParked ? 1 : 0,
  };
}

/** @throws SagaError USAGE for options of a replay without one */
function commandFor(state: InstanceState, options: VerbOptions): Command | undefined {
  const { replay, from, compensateFirst, newKeys } = options;
  if (replay === true) {
    return {
      kind: "replay",
      ...(typeof from === "string" ? { from } : {}),
      ...(compensateFirst === true ? { compensateFirst } : {}),
      ...(newKeys === true ? { newKeys } : {}),
    };
  }
  if (from !== undefined || compensateFirst === true || newKeys === true) {
    throw usage("--from, --compensate-first and --new-keys are for a replay.", "Add --replay.");
  }
  if (state.held !== undefined) return { kind: "resume" };
  return statusOf(state) === "parked" ? { kind: "retry" } : undefined;
}
