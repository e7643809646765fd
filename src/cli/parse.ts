import type { Status } from "../core/journal/state.js";
import { statuses } from "../core/journal/status.js";
import { SagaError } from "../errors/saga-error.js";
import type { InstanceRef } from "../ports/saga-store.js";
import { nearest } from "./suggest.js";

/** The most instances that one `list` answers with. */
export const listLimitMax = 10_000;

/** Reads `<saga>/<id>`. @throws SagaError USAGE */
export function parseRef(text: string): InstanceRef {
  const slash = text.indexOf("/");
  const saga = text.slice(0, slash);
  const id = text.slice(slash + 1);
  if (slash > 0 && id !== "") return { saga, id };
  throw usage(`"${text}" does not name an instance.`, "Name it as <saga>/<id>, such as order/o-42.");
}

/** Reads a status. @throws SagaError USAGE */
export function parseStatus(text: string): Status {
  const found = statuses.find((status) => status === text);
  if (found !== undefined) return found;
  const near = nearest(text, statuses);
  const hint = near === undefined ? "" : `Did you mean "${near}"? `;
  throw usage(`"${text}" is not a status.`, `${hint}Use one of ${statuses.join(", ")}.`);
}

/** Reads a whole number from 1 to `listLimitMax`. @throws SagaError USAGE */
export function parseLimit(text: string): number {
  const limit = Number(text);
  if (/^\d+$/.test(text) && limit >= 1 && limit <= listLimitMax) return limit;
  throw usage(`"${text}" is not a limit.`, `Use a whole number from 1 to ${listLimitMax}.`);
}

/** What a list says that was cut at its limit. @param canNarrow whether it takes filters */
export function cutNotice(limit: number, canNarrow: boolean): string {
  const more = Math.min(limit * 10, listLimitMax);
  const ways = [
    ...(more > limit ? [`see them with --limit ${more}`] : []),
    ...(canNarrow ? ["narrow it down"] : []),
  ];
  return `There are more than ${limit}${ways.length === 0 ? "" : `: ${ways.join(" or ")}`}.`;
}

/** Reads the first word of a command that has several. @throws SagaError USAGE */
export function parseAction<Action extends string>(text: string, actions: readonly Action[]): Action {
  const found = actions.find((action) => action === text);
  if (found !== undefined) return found;
  const near = nearest(text, actions);
  const hint = near === undefined ? "" : `Did you mean "${near}"? `;
  throw usage(`"${text}" is nothing that it does.`, `${hint}Use one of ${actions.join(", ")}.`);
}

/** Reads who gives a command. @throws SagaError USAGE */
export function parseActor(text: string): string {
  if (/^[^\p{Cc}]{1,100}$/u.test(text.trim())) return text.trim();
  throw usage(`"${text}" names nobody.`, "Give --as a name of 1 to 100 characters, such as --as deploy-bot.");
}

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/**
 * Reads a point in time: so long ago (`90s`, `1h30m`, `2d`), a date or a time of ISO 8601.
 * A date is its first moment, and a time without a zone is meant, in the reader's time zone.
 * @returns epoch milliseconds
 * @throws SagaError USAGE
 */
export function parseSince(text: string, now: number): number {
  const ago = parseDuration(text);
  if (ago !== undefined) return Math.max(0, now - ago);
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const isIso = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/.test(text);
  const at = isIso ? Date.parse(isDate ? `${text}T00:00` : text) : Number.NaN;
  if (!Number.isNaN(at)) return at;
  throw usage(
    `"${text}" is neither a duration nor a time.`,
    "Use one such as 15m, 1h30m, 2d or 2031-05-04T14:00.",
  );
}

/** Reads a duration such as `1h30m`. @returns milliseconds, or `undefined` if it is none */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d|w))+$/.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d|w)/g)];
  return parts.reduce((sum, [, amount, unit = "ms"]) => sum + Number(amount) * (unitMs[unit] ?? 1), 0);
}

/** Reads a duration that something has lasted. @returns milliseconds @throws SagaError USAGE */
export function parseAge(text: string): number {
  const age = parseDuration(text);
  if (age !== undefined) return age;
  throw usage(`"${text}" is no duration.`, "Use one such as 90s, 1h30m or 2d.");
}

/**
 * Reads JSON, and says where it breaks off without repeating what it holds.
 * @param what names it in the error, such as `The --input`
 * @throws SagaError USAGE
 */
export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const place = text.trim() === "" ? "it is empty" : placeOf(error, text);
    const fix = `Write JSON in single quotes, such as '{"orderId":"o-42"}', or name a file with @order.json.`;
    throw usage(`${what} is not JSON: ${place}.`, fix);
  }
}

/** Node's message ends in a piece of the text or in a position, by version and length of the text. */
function placeOf(error: unknown, text: string): string {
  const message = error instanceof Error ? error.message : String(error);
  const position = /at position (\d+)/.exec(message)?.[1];
  const problem = message.replace(/, (\.\.\.)?".*$/s, "").replace(/ in JSON.*$/s, "");
  const readable = `${problem.charAt(0).toLowerCase()}${problem.slice(1)}`;
  if (position === undefined) return readable;
  const before = text.slice(0, Number(position)).split("\n");
  return `${readable} at line ${before.length}, column ${(before.at(-1) ?? "").length + 1}`;
}

/** An error of the command line itself. */
export function usage(problem: string, fix?: string): SagaError {
  return new SagaError("USAGE", problem, fix === undefined ? {} : { fix });
}

/** The error about an instance of a project that has no store yet. */
export function neverStarted(name: string): SagaError {
  return new SagaError("INSTANCE_UNKNOWN", `There is no instance "${name}": nothing was started here yet.`);
}
