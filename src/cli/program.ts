import { Command, CommanderError, Option } from "commander";
import { isStageName } from "../core/topology/resource-names.js";
import type { SagaError } from "../errors/saga-error.js";
import { completeName, createCompleteVerb, wordsOf } from "./completion/complete-verb.js";
import { usage } from "./parse.js";
import { nearest } from "./suggest.js";
import type { Verb, VerbOptions } from "./verb.js";

/** A command line that was understood: a command to run, or a text such as help to print. */
export type Invocation =
  | {
      readonly kind: "run";
      readonly verb: Verb;
      readonly args: readonly (string | undefined)[];
      readonly options: VerbOptions;
    }
  | { readonly kind: "print"; readonly text: string };

/** The options that every command takes. */
export const commonOptions = [
  { flags: "--json", meaning: "one JSON value on stdout and nothing else; errors as JSON on stderr" },
  { flags: "--store <file>", meaning: "the store (default: the configuration's, else .backstep/local.db)" },
  {
    flags: "--config <file>",
    meaning: "the configuration (default: the nearest backstep.config.ts, .js or .mjs)",
  },
  { flags: "--stage <name>", meaning: "a deployed stage (default: the embedded engine)" },
  { flags: "--verbose", meaning: "the stack of an error" },
  { flags: "--no-color", meaning: "no colours; a pipe and NO_COLOR have the same effect" },
] as const;

/**
 * Reads a command line.
 * @param argv what follows `backstep`
 * @throws SagaError USAGE
 */
export async function parseCommandLine(
  argv: readonly string[],
  verbs: readonly Verb[],
  version: string,
): Promise<Invocation> {
  if (argv[0] === completeName) return completing(argv.at(-1) ?? "", verbs);
  let invocation: Invocation | undefined;
  let printed = "";
  const print = (text: string) => {
    printed += text;
  };
  const program = createProgram(version);
  for (const verb of verbs) {
    addVerb(program, verb, (args, options) => {
      invocation = { kind: "run", verb, args, options };
    });
  }
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({ writeOut: print, writeErr: () => undefined });
  }
  if (argv.length === 0) throw noCommand();
  try {
    await program.parseAsync([...argv], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw usageOf(error, argv, verbs);
  }
  return invocation ?? { kind: "print", text: printed };
}

function createProgram(version: string): Command {
  const program = new Command("backstep")
    .description("Runs sagas, and shows and steers what they do.")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "print help for a command")
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .addHelpText("after", "\nExit codes: 0 success, 1 failed, 2 usage, 3 not found, 4 conflict.");
  for (const { flags, meaning } of commonOptions) program.option(flags, meaning);
  return program;
}

type Accept = (args: readonly (string | undefined)[], options: VerbOptions) => void;

function addVerb(program: Command, verb: Verb, accept: Accept): void {
  const { name, summary, args = [], options = [], examples, notes } = verb;
  const command = program.command(name).description(summary).helpOption("-h, --help", "print help");
  for (const { flags, meaning } of args) command.argument(flags, meaning);
  for (const { flags, meaning, required } of options) {
    command.addOption(new Option(flags, meaning).makeOptionMandatory(required === true));
  }
  const shown = examples.map((example) => `  $ ${example}`).join("\n");
  const heading = examples.length === 1 ? "Example:" : "Examples:";
  command.addHelpText("after", `\n${notes === undefined ? "" : `${notes}\n\n`}${heading}\n${shown}`);
  command.action(() => {
    accept(command.processedArgs.flat(), command.optsWithGlobals());
  });
}

/** A line that a shell completes is not one to be understood: most of it is still missing. */
function completing(line: string, verbs: readonly Verb[]): Invocation {
  const words = wordsOf(line);
  const named = ["store", "config", "stage"].map((name) => {
    const at = words.findIndex((word) => word.split("=", 1)[0] === `--${name}`);
    const [, value = words[at + 1]] = /=(.*)/s.exec(words[at] ?? "") ?? [];
    return [name, at < 0 || value === "" ? undefined : value] as const;
  });
  const { stage, ...places } = Object.fromEntries(named);
  const verb = createCompleteVerb({ verbs, commonOptions });
  // Half of a name is no error here.
  const options = stage !== undefined && isStageName(stage) ? { config: places.config, stage } : places;
  return { kind: "run", verb, args: [line], options };
}

/** What commander complains about, in our form. */
function usageOf(
  { code, message }: CommanderError,
  argv: readonly string[],
  verbs: readonly Verb[],
): SagaError {
  const names = verbs.map(({ name }) => name);
  const topic = argv[0] === "help" ? argv[1] : undefined;
  if (code === "commander.help") return topic === undefined ? noCommand() : noSuchCommand(topic, names);
  if (code === "commander.unknownCommand") return noSuchCommand(/'([^']*)'/.exec(message)?.[1] ?? "", names);
  const [, problem = message, hint] = /^(?:error: )?(.*?)(?:\s*\((Did you mean .*)\))?$/s.exec(message) ?? [];
  const valued = commonOptions.flatMap(({ flags }) => (flags.includes("<") ? flags.split(" ")[0] : []));
  const verb = argv.find((word, at) => names.includes(word) && !valued.includes(argv[at - 1]));
  const help = `See backstep ${verb === undefined ? "" : `${verb} `}--help.`;
  const quoted = problem.replaceAll("'", '"').replace(/\.$/, "");
  const sentence = `${quoted.charAt(0).toUpperCase()}${quoted.slice(1)}.`;
  return usage(sentence, hint === undefined ? help : `${hint} ${help}`);
}

const overview = "See what there is: backstep --help.";

function noCommand(): SagaError {
  return usage("No command is given.", overview);
}

function noSuchCommand(word: string, names: readonly string[]): SagaError {
  const near = nearest(word, names);
  return usage(
    `There is no command "${word}".`,
    near === undefined ? overview : `Did you mean "backstep ${near}"?`,
  );
}
