import type { Json } from "../json.js";

/** What a saga keeps to itself: names of properties, and patterns of text. */
export type RedactRules = readonly (string | RegExp)[];

/** Takes out what nobody shall see. */
export interface Redaction {
  /** The value, its JSON types kept: `"[redacted]"`, 0 and false stand for what is taken out. */
  value(value: Json): Json;
  text(text: string): string;
}

/** What stands for a text that is taken out. */
export const redactedText = "[redacted]";

/** Shorter texts, and numbers of fewer digits, stand for too much else to be looked for in other texts. */
const secretLengthMin = 4;

/**
 * Makes what takes out the values of properties that the rules name, at any depth; those values wherever else
 * they stand; and what the patterns match in any text or number.
 *
 * @param samples every value of the instance: what is found in them under a named property is secret. A text
 * is looked for elsewhere from 4 characters, a number from 4 digits
 */
export function createRedaction(rules: RedactRules, samples: readonly Json[]): Redaction {
  const names = new Set(rules.filter((rule) => typeof rule === "string"));
  const secrets = new Set<string>();
  for (const sample of samples) collect(names, secrets, sample, false);
  const patterns = [
    ...secretPattern(secrets),
    ...rules.filter((rule) => rule instanceof RegExp).map((rule) => withFlags(rule)),
  ];
  const text = (given: string) =>
    patterns.reduce((said, pattern) => said.replace(pattern, (found) => found && redactedText), given);

  function value(given: Json, isSecret = false): Json {
    if (given === null) return null;
    if (Array.isArray(given)) return given.map((item) => value(item, isSecret));
    switch (typeof given) {
      case "string":
        return isSecret ? redactedText : text(given);
      case "number":
        return isSecret || text(String(given)) !== String(given) ? 0 : given;
      case "boolean":
        return isSecret ? false : given;
      default: {
        const members = Object.entries(given).map(([name, item]) => {
          return [text(name), value(item, isSecret || names.has(name))] as const;
        });
        return Object.fromEntries(members);
      }
    }
  }

  return { value: (given) => value(given), text };
}

function collect(names: ReadonlySet<string>, secrets: Set<string>, value: Json, isSecret: boolean): void {
  if (typeof value === "object" && value !== null) {
    const isList = Array.isArray(value);
    for (const [name, item] of Object.entries(value)) {
      collect(names, secrets, item, isSecret || (!isList && names.has(name)));
    }
  } else if (isSecret && (typeof value === "string" || typeof value === "number")) {
    const said = String(value);
    const length = typeof value === "string" ? said.length : said.replace(/\D/g, "").length;
    if (length >= secretLengthMin) secrets.add(said);
  }
}

/** Finds each secret, also as it stands in JSON and in an address; none where there are no secrets. */
function secretPattern(secrets: ReadonlySet<string>): readonly RegExp[] {
  const forms = [...secrets].flatMap((secret) => [
    secret,
    JSON.stringify(secret).slice(1, -1),
    // Half of a character has no form in an address.
    ...(/\p{Surrogate}/u.test(secret) ? [] : [encodeURIComponent(secret)]),
  ]);
  if (forms.length === 0) return [];
  // The longest first: of two that begin alike, the shorter would leave the rest of the other.
  const sorted = [...new Set(forms)].sort((one, other) => other.length - one.length);
  return [new RegExp(sorted.map(literally).join("|"), "g")];
}

/** A number is not looked for within a longer one. */
function literally(secret: string): string {
  const escaped = secret.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
  return /^-?\d+(\.\d+)?$/.test(secret) ? `(?<!\\d)${escaped}(?!\\d)` : escaped;
}

function withFlags({ source, flags }: RegExp): RegExp {
  return new RegExp(source, `${flags.replace(/[gy]/g, "")}g`);
}
