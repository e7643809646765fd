import type { ExitCode } from "./failure.js";
import type { Session } from "./session.js";
import type { Style } from "./style.js";

/** A positional argument or an option, as `--help` shows it. */
export interface VerbParameter {
  /**
   * As commander reads it: `<saga>`, `[saga]` or, as the last, `[saga...]` for an argument, `--input <json>`
   * for an option.
   */
  readonly flags: string;
  /** What it means, its unit and default. */
  readonly meaning: string;
  /** Whether the option must be given. */
  readonly required?: true;
}

/** The options of a call, by their name in camel case; a flag without a value is `true`. */
export type VerbOptions = Readonly<Record<string, string | true | undefined>>;

/** What a command has to say. */
export interface Answer {
  /** With `--json` this is all that goes to stdout. Times are ISO 8601, what is absent is `null`. */
  readonly json: unknown;
  /** What goes to stdout otherwise. */
  readonly text: (style: Style) => string;
  /** How the process ends where the answer itself is bad news. Default 0. */
  readonly exitCode?: ExitCode;
}

/** A command of the command line. Adding one is a file with a `Verb`, and its line in `verbs.ts`. */
export interface Verb {
  readonly name: string;
  /** In one line, for the list of commands. */
  readonly summary: string;
  readonly args?: readonly VerbParameter[];
  readonly options?: readonly VerbParameter[];
  /** Whole command lines. At least one. */
  readonly examples: readonly [string, ...string[]];
  /** What else must be known, below the options. */
  readonly notes?: string;
  /** Why it takes no `--stage`, as the end of a sentence without its full stop. Absent: it takes one. */
  readonly noStage?: string;
  /**
   * @param args the positional arguments in order, those of a list one by one; an optional one that was left
   * out is `undefined`
   * @returns `undefined` where everything was said while it ran
   * @throws SagaError: message and fix go to stderr, its code makes the exit code
   */
  run(
    args: readonly (string | undefined)[],
    options: VerbOptions,
    session: Session,
  ): Promise<Answer | undefined>;
}
