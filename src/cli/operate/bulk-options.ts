import type { Filter } from "../../runtime/fits.js";
import { parseAge, usage } from "../parse.js";
import type { VerbOptions, VerbParameter } from "../verb.js";
import { yesOption } from "./actor-options.js";
import { filterOptions, readFilter } from "./filters.js";

/** What only a command to many instances takes. */
export const bulkOptions: readonly VerbParameter[] = [
  ...filterOptions,
  { flags: "--dry-run", meaning: "only count what fits, and show a sample" },
  { flags: "--rate <rate>", meaning: "at most so many: 50/s, 600/m (default: as many as it takes)" },
  { flags: "--concurrency <count>", meaning: "how many at once: 1 to 256 (default: 16)" },
  { flags: "--continue [run]", meaning: "go on with a run that was broken off (default: the newest)" },
];

/** Those of what changes many instances. */
export const steeringOptions: readonly VerbParameter[] = [...bulkOptions, yesOption];

const concurrencyDefault = 16;
const concurrencyMax = 256;
const perSecondMax = 100_000;

/** The options among these that are given, as on the command line. */
export function givenAmong(options: VerbOptions, parameters: readonly VerbParameter[]): readonly string[] {
  return parameters
    .map(({ flags }) => flags.split(" ", 1)[0] ?? "")
    .filter((flag) => options[flag.slice(2).replace(/-(.)/g, (_, letter) => letter.toUpperCase())]);
}

/** How fast a run goes. */
export interface Speed {
  readonly concurrency: number;
  readonly perSecond?: number;
}

/** Reads how fast a run shall go. @throws SagaError USAGE */
export function readSpeed({ rate, concurrency }: VerbOptions): Speed {
  return {
    concurrency: typeof concurrency === "string" ? parseConcurrency(concurrency) : concurrencyDefault,
    ...(typeof rate === "string" ? { perSecond: parseRate(rate) } : {}),
  };
}

function parseConcurrency(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= concurrencyMax) return count;
  throw usage(`"${text}" is no concurrency.`, `Use a whole number from 1 to ${concurrencyMax}.`);
}

function parseRate(text: string): number {
  const [, count, unit = "s"] = /^(\d+(?:\.\d+)?)\/(s|m|h)$/.exec(text) ?? [];
  const perSecond = Number(count) / ({ s: 1, m: 60, h: 3_600 }[unit] ?? 1);
  if (perSecond > 0 && perSecond <= perSecondMax) return perSecond;
  throw usage(`"${text}" is no rate.`, "Use one such as 50/s, 600/m or 100/h.");
}

/**
 * Reads which instances a new run is about: those that were there when it began.
 * @returns `undefined` where no condition is given
 * @throws SagaError USAGE
 */
export function readBulkFilter(options: VerbOptions, now: number): Filter | undefined {
  const { olderThan } = options;
  const filter = readFilter(options, now);
  if (Object.keys(filter).length === 0 && olderThan === undefined) return undefined;
  const before = typeof olderThan === "string" ? Math.max(0, now - parseAge(olderThan)) : now;
  return { ...filter, until: Math.min(filter.until ?? now, before) };
}
