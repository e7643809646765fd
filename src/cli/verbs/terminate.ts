import type { InstanceState } from "../../core/journal/state.js";
import { reasonOf, statusOf } from "../../core/journal/status.js";
import { parseRef, usage } from "../parse.js";
import type { Session } from "../session.js";
import { colored } from "../status-colors.js";
import type { Answer, Verb } from "../verb.js";

/** `backstep terminate`: ends an instance where it stands, nothing is compensated. */
export const terminate: Verb = {
  name: "terminate",
  summary: "end an instance where it stands: nothing is compensated",
  args: [{ flags: "<saga/id>", meaning: "the instance, such as order/o-42" }],
  options: [
    { flags: "--reason <text>", meaning: "why, for the journal and for whoever reads it", required: true },
    { flags: "--yes", meaning: "do not ask; needed where there is no terminal" },
  ],
  examples: ['backstep terminate order/o-42 --reason "refunded by hand" --yes'],
  notes:
    "What its steps did stays done, and a call that runs may still land. To undo it: backstep cancel.\n" +
    "Exits with 4 where it has ended, with 1 where the answer to the question is no.",
  async run([name = ""], { reason, yes }, session) {
    const ref = parseRef(name);
    if (typeof reason !== "string" || reason.trim() === "") {
      throw usage("The --reason is empty.", 'Say why, such as --reason "refunded by hand".');
    }
    const client = await session.client();
    const before = (await client.get(ref)).state;
    if (before.ended === undefined && yes !== true && !(await session.confirm(question(before)))) {
      return answer(session, before, false);
    }
    await client.command(ref, { kind: "terminate" }, { actor: session.actor, reason });
    session.noticeIfIdle();
    return answer(session, (await client.get(ref)).state, true);
  },
};

function question(state: InstanceState): string {
  return `${state.saga}/${state.id} is ${statusOf(state)}. End it and compensate nothing${leftText(state)}?`;
}

function answer(session: Session, state: InstanceState, applied: boolean): Answer {
  const { saga, id } = state;
  const status = statusOf(state);
  return {
    json: { saga, id, applied, status, reason: reasonOf(state) ?? null, left: left(state) },
    text: (style) => {
      const name = style.colors.bold(`${saga}/${id}`);
      const now = colored(status, style);
      if (!applied) return `Nothing changed: ${name} is ${now}.`;
      const look = session.command(`show ${saga}/${id}`);
      return `${name} is ${now}. Nothing is compensated${leftText(state)}. See ${look}`;
    },
    exitCode: applied ? 0 : 1,
  };
}

/** The steps whose effects stay, in the order of their start. */
function left(state: InstanceState): readonly string[] {
  return state.order.filter((step) => state.steps[step]?.settled === "done");
}

function leftText(state: InstanceState): string {
  const steps = left(state);
  return steps.length === 0 ? "" : `: ${steps.join(", ")} ${steps.length === 1 ? "stays" : "stay"} done`;
}
