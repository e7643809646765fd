import { relative, resolve } from "node:path";
import type { RedactRules } from "../../core/redact/redaction.js";
import { SagaError } from "../../errors/saga-error.js";
import type { InstanceRef } from "../../ports/saga-store.js";
import type { Filter } from "../../runtime/fits.js";
import { readFilter } from "../operate/filters.js";
import { neverStarted, parseRef, usage } from "../parse.js";
import type { Session } from "../session.js";
import type { Answer, VerbOptions } from "../verb.js";
import { exportHistories } from "./export-histories.js";
import { neededRules } from "./show-redacted.js";
import { tellCount, writeLines } from "./write-lines.js";

/**
 * `history export`: to a file, or line by line to stdout.
 * @throws SagaError USAGE, INSTANCE_UNKNOWN; JOURNAL_CORRUPT at the end, where stdout lacks unreadable ones
 */
export async function exportTo(
  session: Session,
  names: readonly string[],
  options: VerbOptions,
): Promise<Answer | undefined> {
  const of = readWanted(session, names, options);
  const client = await session.reader();
  const [first] = names;
  if (client === undefined && first !== undefined) throw neverStarted(first);
  const unread: string[] = [];
  const rules = new Map<string, RedactRules>();
  const found =
    client === undefined
      ? []
      : exportHistories({
          client,
          of,
          async rulesOf(saga) {
            const known = rules.get(saga) ?? (await neededRules(session, saga, options));
            rules.set(saga, known);
            return known;
          },
          unreadable(name, problem) {
            unread.push(name);
            session.tell(`${name} is left out: ${problem}`);
          },
        });
  const { out, force } = options;
  if (typeof out !== "string") {
    let count = 0;
    for await (const one of found) {
      count += 1;
      session.say(JSON.stringify(one));
      // An embedded store reads all in one turn of the event loop; the next tells that the reader is gone.
      await new Promise((resolve) => setImmediate(resolve));
      if (session.stop.signal.aborted) return undefined;
    }
    if (count + unread.length === 0) session.tell("No instance fits.");
    if (unread.length === 0) return undefined;
    throw new SagaError(
      "JOURNAL_CORRUPT",
      `${unread.length} left out that cannot be read: ${unread.join(", ")}.`,
    );
  }
  if (out === "") throw usage("The --out is empty.", "Name a file, or leave it out.");
  const file = resolve(session.cwd, out);
  const instances = await writeLines(file, found, { force: force === true, told: tellCount(session) });
  return {
    json: { file, instances, unreadable: unread },
    text: ({ colors }) =>
      `${colors.green("Exported")} ${instances.toLocaleString("en-US")} to ${relative(session.cwd, file)}.`,
    exitCode: unread.length === 0 ? 0 : 1,
  };
}

function readWanted(
  session: Session,
  names: readonly string[],
  options: VerbOptions,
): readonly InstanceRef[] | Filter {
  const filter = readFilter(options, session.clock.now());
  const isFiltered = Object.keys(filter).length > 0;
  if (names.length > 0 && !isFiltered) return names.map(parseRef);
  if (isFiltered && names.length === 0) return filter;
  const problem = isFiltered ? "Instances and filters are both given." : "Nothing says what to export.";
  const named = session.command("history export order/o-42");
  throw usage(
    problem,
    `Name instances: ${named}, or filter: ${session.command("history export --saga order")}.`,
  );
}
