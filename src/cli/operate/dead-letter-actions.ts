import type { KeptMessage } from "../../ports/operator-store.js";
import { fits } from "../../runtime/fits.js";
import { redriveLetter, type Standing, standingOf } from "../../runtime/operate/dead-letters.js";
import { cutNotice, listLimitMax, usage } from "../parse.js";
import type { Session } from "../session.js";
import type { Style } from "../style.js";
import { renderTable } from "../table.js";
import type { Answer, VerbOptions } from "../verb.js";
import { readReason } from "./actor-options.js";
import { readFilter } from "./filters.js";
import { findKept, keptCells, keptJson, readKept } from "./kept-messages.js";

interface Letter {
  readonly message: KeptMessage;
  readonly standing: Standing;
}

/** Dead letters, and where their instances stand. @throws SagaError USAGE */
export async function listLetters(session: Session, options: VerbOptions, limit: number): Promise<Answer> {
  const { letters, isCut } = await read(session, options, limit);
  if (isCut) session.notice(cutNotice(limit, true));
  return {
    json: letters.map(({ message, standing }) => ({ ...keptJson(message), ...standing })),
    text: (style) => render(session, letters, style),
  };
}

/** Dead letters whose instances fit the filter, and where those stand. */
async function read(session: Session, options: VerbOptions, limit: number) {
  const filter = readFilter(options, session.clock.now());
  const operator = await session.operator();
  if (operator === undefined) return { letters: [], isCut: false };
  const { messages, isCut } = await readKept(session, operator, { kind: "deadLetter", limit });
  const letters: Letter[] = [];
  for (const message of messages) {
    const { head, stands, status } = await standingOf(operator, message);
    const isMeant = head === undefined ? Object.keys(filter).length === 0 : fits(head, filter);
    if (isMeant) letters.push({ message, standing: { stands, status } });
  }
  return { letters, isCut };
}

const said: Readonly<Record<Standing["stands"], string>> = {
  parkedByIt: "parked by it",
  movedOn: "has moved on",
  ended: "has ended",
  unknown: "is not there",
};

function render(session: Session, letters: readonly Letter[], style: Style): string {
  if (letters.length === 0) return "There is no dead letter.";
  const { colors, width } = style;
  const head = ["MESSAGE", "INSTANCE", "SINCE", "LANE", "INSTANCE NOW", "WHY"].map((title) =>
    colors.dim(title),
  );
  const now = session.clock.now();
  const rows = letters.map(({ message, standing }) => {
    const [id = "", name = "", since = "", lane = "", why = ""] = keptCells(message, now);
    const stands = said[standing.stands];
    return [
      colors.bold(id),
      name,
      since,
      lane,
      standing.stands === "parkedByIt" ? colors.red(stands) : stands,
      why,
    ];
  });
  const table = renderTable([head, ...rows], { width });
  const parked = letters.find(({ standing }) => standing.stands === "parkedByIt");
  if (parked === undefined) return table;
  return `${table}\n\nFix: Let it go on: ${session.command(`dlq redrive ${parked.message.id}`)}`;
}

interface Redriven {
  readonly id: string;
  readonly instance: string | null;
  readonly how: "retried" | "unchanged" | "refused";
  readonly problem: string | null;
}

/** Lets the instances of dead letters go on. @throws SagaError USAGE, MESSAGE_UNKNOWN */
export async function redriveLetters(
  session: Session,
  ids: readonly string[],
  options: VerbOptions,
): Promise<Answer> {
  const isFiltered = Object.keys(readFilter(options, session.clock.now())).length > 0;
  if (ids.length > 0 === isFiltered) {
    throw usage(
      "Either dead letters or filters say what is meant.",
      `Write ${session.command("dlq redrive d-7")}, or ${session.command("dlq redrive --saga order")}.`,
    );
  }
  const operator = await session.operator();
  const messages = isFiltered ? await parkedOnes(session, options) : await findKept(operator, ids);
  const count = messages.length === 1 ? "1 instance" : `${messages.length} instances`;
  const question = `Let ${count} go on with a retry each?`;
  const mustAsk = isFiltered && messages.length > 0 && options.yes !== true;
  if (operator === undefined || (mustAsk && !(await session.confirm(question)))) return redriven([], mustAsk);
  const client = await session.client();
  const by = { actor: session.actor, ...readReason(options) };
  const results: Redriven[] = [];
  for (const message of messages) {
    const { instance } = message;
    const { how, problem = null } = await redriveLetter(operator, client, message, by);
    const name = instance === undefined ? null : `${instance.saga}/${instance.id}`;
    results.push({ id: message.id, instance: name, how, problem });
  }
  session.noticeIfIdle();
  return redriven(results, false);
}

async function parkedOnes(session: Session, options: VerbOptions): Promise<readonly KeptMessage[]> {
  const { letters, isCut } = await read(session, options, listLimitMax);
  if (isCut) session.notice(`Only the newest ${listLimitMax} are looked at: do it once more for the others.`);
  return letters.filter(({ standing }) => standing.stands === "parkedByIt").map(({ message }) => message);
}

function redriven(results: readonly Redriven[], isRefused: boolean): Answer {
  return {
    json: results,
    text: ({ colors }) => {
      if (results.length === 0)
        return isRefused ? "Nothing changed." : "No instance stands parked by a dead letter.";
      return results
        .map(({ id, instance, how, problem }) => {
          const done = how === "retried" ? `${instance} goes on` : "was done before";
          return `${colors.bold(id)}: ${problem ?? done}`;
        })
        .join("\n");
    },
    exitCode: isRefused || results.some(({ how }) => how === "refused") ? 1 : 0,
  };
}
