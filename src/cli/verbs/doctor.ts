import type { Finding } from "../../core/diagnosis/finding.js";
import type { InstanceRef } from "../../ports/saga-store.js";
import type { Examination } from "../../runtime/operate/examine.js";
import type { Operator } from "../../runtime/operate/operator.js";
import { operatorOf } from "../operate/operator-of.js";
import { placeOf } from "../operate/place-of.js";
import { renderExamination } from "../operate/render-findings.js";
import { parseRef } from "../parse.js";
import type { Session } from "../session.js";
import type { Verb } from "../verb.js";

const healthy: Examination = { findings: [], skipped: [], notes: [], left: 0, mended: [], restored: [] };

/** `backstep doctor`: why instances do not go on, and what mends that. */
export const doctor: Verb = {
  name: "doctor",
  summary: "say why an instance does not go on, or all that are stuck, and what mends it",
  args: [{ flags: "[saga/id]", meaning: "the instance (default: the place itself, and all that is stuck)" }],
  options: [
    {
      flags: "--fix",
      meaning: "do what is safe: wake what nobody else will, set back what was changed by hand",
    },
  ],
  examples: ["backstep doctor order/o-42", "backstep doctor --fix --stage prod"],
  notes:
    "Each finding comes with the command that mends it. --fix never changes a journal, and wakes nothing\n" +
    "that somebody may be at work on. Exits with 1 where something is wrong and was not mended.",
  async run([name], { fix }, session) {
    const { examineInstance, examinePlace } = await import("../../runtime/operate/examine.js");
    const settings = { ...placeOf(session), mends: fix === true };
    const ref = name === undefined ? undefined : parseRef(name);
    const operator = await operatorFor(session, ref);
    const examination =
      operator === undefined
        ? healthy
        : ref === undefined
          ? await examinePlace(operator, settings)
          : await examineInstance(operator, ref, settings);
    const { findings, left, mended, restored, notes, skipped } = examination;
    const shown = findings.map((finding) => toJson(session, finding));
    return {
      json: { findings: shown, left, mended, restored, notes, skipped },
      text: (style) => renderExamination(session, examination, name, style),
      exitCode: left === 0 ? 0 : 1,
    };
  },
};

function operatorFor(session: Session, ref: InstanceRef | undefined): Promise<Operator | undefined> {
  return ref === undefined ? session.operator() : operatorOf(session, ref);
}

function toJson(session: Session, finding: Finding) {
  const { cause, instance, step, problem, fix, command, first = [], alternatives = [], isSafe } = finding;
  return {
    cause,
    instance: instance ?? null,
    step: step ?? null,
    problem,
    fix,
    command: command === undefined ? null : session.command(command),
    first: first.map((line) => session.command(line)),
    alternatives: alternatives.map((line) => session.command(line)),
    isSafe,
  };
}
