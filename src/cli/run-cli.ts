import packageJson from "../../package.json" with { type: "json" };
import { type ExitCode, exitCodeOf, failureOf, renderFailure } from "./failure.js";
import { type Invocation, parseCommandLine } from "./program.js";
import { type CallOptions, createSession } from "./session.js";
import type { Streams } from "./streams.js";
import { styleFor } from "./style.js";
import { verbs } from "./verbs.js";

/** What a command runs in. */
export interface Surroundings {
  readonly streams: Streams;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Ends what runs until it is stopped. */
  readonly stop: AbortController;
}

/**
 * Runs one command line. Never rejects.
 * @param argv what follows `backstep`
 * @returns the exit code
 */
export async function runCli(argv: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const { streams, env } = surroundings;
  const before = argv.includes("--") ? argv.slice(0, argv.indexOf("--")) : argv;
  // Errors of the command line itself obey these too, before it is understood.
  const call: CallOptions = {
    json: before.includes("--json"),
    verbose: before.includes("--verbose"),
    noColor: before.includes("--no-color"),
  };
  try {
    const invocation = await parseCommandLine(argv, verbs, packageJson.version);
    if (invocation.kind === "print") streams.out.write(invocation.text);
    else await runVerb(invocation, call, surroundings);
    return 0;
  } catch (error) {
    const failure = failureOf(error, call.verbose);
    const style = styleFor(streams.err, env, call.noColor);
    streams.err.write(`${call.json ? JSON.stringify(failure) : renderFailure(failure, style)}\n`);
    return exitCodeOf(failure);
  }
}

async function runVerb(
  { verb, args, options }: Extract<Invocation, { kind: "run" }>,
  call: CallOptions,
  surroundings: Surroundings,
): Promise<void> {
  const { store, config } = options;
  const named = {
    ...(typeof store === "string" ? { store } : {}),
    ...(typeof config === "string" ? { config } : {}),
  };
  const session = createSession({ ...call, ...named }, surroundings);
  try {
    const answer = await verb.run(args, options, session);
    if (answer === undefined) return;
    const text = call.json ? JSON.stringify(answer.json, null, 2) : answer.text(session.style);
    surroundings.streams.out.write(`${text}\n`);
    session.sayNotices();
  } finally {
    await session.close();
  }
}
