import { parseArgs } from "node:util";

/** An option that takes a whole number. */
export interface NumberOption {
  readonly description: string;
  readonly default?: number;
  readonly min: number;
  readonly max: number;
}

/** A program and its options. */
export interface Program<Numbers extends Readonly<Record<string, NumberOption>>> {
  /** How it is called, such as `npm run race -- [options]`. */
  readonly usage: string;
  readonly summary: string;
  readonly numbers: Numbers;
  /** Options that take a text. */
  readonly texts?: Readonly<Record<string, string>>;
}

/** What was given on the command line. An absent number without a default is `undefined`. */
export interface Given<Numbers extends Readonly<Record<string, NumberOption>>> {
  readonly numbers: {
    readonly [Name in keyof Numbers]: Numbers[Name] extends { default: number } ? number : number | undefined;
  };
  readonly texts: Readonly<Record<string, string | undefined>>;
}

/** Exit codes of the programs, as of every `backstep` command. */
export const exitCodes = { success: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** Reads the command line; `--help` and mistakes end the process (with 0 and 2). */
export function readOptions<const Numbers extends Readonly<Record<string, NumberOption>>>(
  program: Program<Numbers>,
  args: readonly string[],
): Given<Numbers> {
  try {
    const values = parse(program, args);
    if (values.help === true) {
      console.log(helpOf(program));
      process.exit(exitCodes.success);
    }
    const numbers = Object.entries(program.numbers).map(([name, option]) => [
      name,
      readNumber(name, option, values[name]),
    ]);
    const texts = Object.keys(program.texts ?? {}).map((name) => [name, values[name]]);
    return { numbers: Object.fromEntries(numbers), texts: Object.fromEntries(texts) };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${helpOf(program)}`);
    process.exit(exitCodes.usage);
  }
}

function parse(program: Program<Readonly<Record<string, NumberOption>>>, args: readonly string[]) {
  const names = [...Object.keys(program.numbers), ...Object.keys(program.texts ?? {})];
  const options = Object.fromEntries(names.map((name) => [name, { type: "string" as const }]));
  const { values } = parseArgs({
    args: [...args],
    options: { ...options, help: { type: "boolean", short: "h" } },
  });
  return values as Readonly<Record<string, string | boolean | undefined>>;
}

function readNumber(
  name: string,
  option: NumberOption,
  given: string | boolean | undefined,
): number | undefined {
  if (given === undefined) return option.default;
  const number = Number(given);
  const isWhole = Number.isInteger(number) && String(given).trim() !== "";
  if (isWhole && number >= option.min && number <= option.max) return number;
  throw new Error(`--${name} is "${given}". It takes a whole number from ${option.min} to ${option.max}.`);
}

function helpOf({ usage, summary, numbers, texts }: Program<Readonly<Record<string, NumberOption>>>): string {
  const lines = [
    ...Object.entries(numbers).map(([name, option]) => {
      const isGiven = option.default !== undefined;
      return [`--${name} <number>`, `${option.description}${isGiven ? ` (default ${option.default})` : ""}`];
    }),
    ...Object.entries(texts ?? {}).map(([name, description]) => [`--${name} <text>`, description]),
    ["-h, --help", "show this"],
  ];
  const width = Math.max(...lines.map(([flag = ""]) => flag.length));
  const options = lines.map(([flag = "", description]) => `  ${flag.padEnd(width)}  ${description}`);
  return [`${summary}`, "", `Usage: ${usage}`, "", ...options].join("\n");
}
