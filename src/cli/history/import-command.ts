import { readReason } from "../operate/actor-options.js";
import { usage } from "../parse.js";
import type { Session } from "../session.js";
import type { Answer, VerbOptions } from "../verb.js";
import { importFile } from "./import-file.js";

/** `history import`: into the embedded store. @throws SagaError as `importFile` */
export async function importFrom(
  session: Session,
  names: readonly string[],
  options: VerbOptions,
): Promise<Answer> {
  const [name, ...more] = names;
  if (session.options.stage !== undefined) {
    const problem =
      "backstep history import takes no --stage: it is for the embedded store, to look and try.";
    throw usage(problem, "Leave --stage out.");
  }
  if (name === undefined || more.length > 0) {
    throw usage("An import reads one file.", "Write backstep history import parked.jsonl, or - for stdin.");
  }
  const { reason = `imported from ${name}` } = readReason(options);
  const counts = await importFile(session, name, reason);
  const { imported, kept, held, redacted } = counts;
  if (held > 0) session.notice(`${held} of them had not ended: paused until somebody resumes them.`);
  if (redacted > 0)
    session.notice(`${redacted} of them are redacted: placeholders stand for what was taken out.`);
  return {
    json: counts,
    text: ({ colors }) => {
      const there = kept === 0 ? "" : ` ${kept} ${kept === 1 ? "was" : "were"} there already.`;
      return `${colors.green("Imported")} ${imported.toLocaleString("en-US")}.${there}`;
    },
  };
}
