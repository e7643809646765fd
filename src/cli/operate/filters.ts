import { statuses } from "../../core/journal/status.js";
import type { Filter } from "../../runtime/fits.js";
import { parseSince, parseStatus, usage } from "../parse.js";
import type { VerbOptions, VerbParameter } from "../verb.js";

/** The options that say which instances are meant; all conditions hold together. */
export const filterOptions: readonly VerbParameter[] = [
  { flags: "--saga <name>", meaning: "only instances of this saga" },
  { flags: "--status <status>", meaning: `only those with this status: ${statuses.join(", ")}` },
  { flags: "--step <name>", meaning: "only those that stand at this step" },
  { flags: "--error <text>", meaning: "only those whose reason contains this, in whatever case" },
  { flags: "--since <time>", meaning: "only those started since: 15m, 1h30m, 2d, or an ISO 8601 time" },
  { flags: "--until <time>", meaning: "only those started before: as --since" },
  {
    flags: "--tag <name=value>",
    meaning: "only those with this tag; a name alone: with any value; more with commas",
  },
];

/**
 * Reads the filter options.
 * @returns `{}` where none is given
 * @throws SagaError USAGE
 */
export function readFilter(options: VerbOptions, now: number): Filter {
  const { status, since, until, tag } = options;
  return {
    ...readText(options, "saga"),
    ...(typeof status === "string" ? { status: parseStatus(status) } : {}),
    ...readText(options, "step"),
    ...readText(options, "error"),
    ...(typeof since === "string" ? { since: parseSince(since, now) } : {}),
    ...(typeof until === "string" ? { until: parseSince(until, now) } : {}),
    ...(typeof tag === "string" ? { tags: parseTags(tag) } : {}),
  };
}

/** A variable of a shell that is not set must not mean all. */
function readText<Name extends string>(options: VerbOptions, name: Name): { readonly [N in Name]?: string } {
  const text = options[name];
  if (typeof text !== "string") return {};
  if (text.trim() === "") throw usage(`The --${name} is empty.`, "Say which, or leave it out.");
  return { [name]: text } as { readonly [N in Name]?: string };
}

function parseTags(text: string): Readonly<Record<string, string | null>> {
  return Object.fromEntries(
    text.split(",").map((part) => {
      const [, name, value] = /^([^=]+)(?:=(.+))?$/s.exec(part.trim()) ?? [];
      if (name === undefined)
        throw usage(`"${text}" is no tag.`, "Write --tag customer=c-7, or --tag customer.");
      return [name, value ?? null];
    }),
  );
}
