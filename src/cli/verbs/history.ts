import { unredactedOption } from "../history/unredacted-option.js";
import { actorOptions } from "../operate/actor-options.js";
import { filterOptions } from "../operate/filters.js";
import { parseAction } from "../parse.js";
import type { Verb } from "../verb.js";

/** `backstep history`: journals as JSON lines, out of any place and into the embedded store. */
export const history: Verb = {
  name: "history",
  summary: "export journals as JSON lines, or import them into the embedded store",
  args: [
    { flags: "<export|import>", meaning: "what to do" },
    {
      flags: "[name...]",
      meaning: "export: instances, without them those that the filters say; import: the file, - for stdin",
    },
  ],
  options: [
    ...filterOptions,
    { flags: "--out <file>", meaning: "export: where it goes (default: stdout)" },
    { flags: "--force", meaning: "export: overwrite a file that is there" },
    unredactedOption,
    ...actorOptions,
  ],
  examples: [
    "backstep history export order/o-42 --stage prod --out o-42.jsonl",
    "backstep history export --status parked --since 2d --out parked.jsonl",
    "backstep history import parked.jsonl --store support.db",
  ],
  notes:
    "A line is one instance: its start, its journal, its mailbox. What the saga's redact list says is\n" +
    "taken out, ids stay. An import never touches an instance that is there, and can be repeated after\n" +
    "it was killed. What has not ended is imported paused: nothing of it runs until somebody resumes it.\n" +
    "A file is checked as a whole before anything is written; from stdin at most 10 MB are read.",
  async run([action = "", ...names], options, session) {
    const refs = names.flatMap((name) => (name === undefined ? [] : name));
    if (parseAction(action, ["export", "import"]) === "export") {
      const { exportTo } = await import("../history/export-command.js");
      return exportTo(session, refs, options);
    }
    const { importFrom } = await import("../history/import-command.js");
    return importFrom(session, refs, options);
  },
};
