import type { Session } from "../session.js";
import type { Verb } from "../verb.js";
import { type Candidate, type Completion, complete, type Grammar } from "./complete.js";
import { sessionNames } from "./session-names.js";
import { splitLine } from "./split-line.js";

/** What shells call; no command of its own. */
export const completeName = "__complete";

/** The words after `backstep` in a line, however that is called: `npx backstep`, `./bin/backstep.js`. */
export function wordsOf(line: string): string[] {
  const words = splitLine(line);
  const at = words.findIndex((word) => /(^|[\\/])backstep(\.js)?$/.test(word));
  return words.slice(at + 1);
}

/**
 * The command behind the scripts of `backstep completion`: the candidates for a line up to the cursor, one a
 * line, a tab before what it means, or `:files`. Where something fails there are none.
 */
export function createCompleteVerb(grammar: Grammar): Verb {
  return {
    name: completeName,
    summary: "complete a command line",
    examples: [`backstep ${completeName} -- 'backstep st'`],
    async run([line = ""], _options, session) {
      const completion = await tryComplete(line, grammar, session);
      return { json: completion, text: () => render(completion) };
    },
  };
}

async function tryComplete(line: string, grammar: Grammar, session: Session): Promise<Completion> {
  try {
    return await complete(wordsOf(line), grammar, sessionNames(session));
  } catch {
    return []; // whoever types wants no error in between
  }
}

function render(completion: Completion): string {
  return completion === "files" ? ":files" : completion.map(renderCandidate).join("\n");
}

function renderCandidate({ value, meaning }: Candidate): string {
  return meaning === undefined ? value : `${value}\t${meaning}`;
}
