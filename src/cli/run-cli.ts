import packageJson from "../../package.json" with { type: "json" };
import { type ExitCode, exitCodeOf, failureOf, renderFailure } from "./failure.js";
import { parseActor } from "./parse.js";
import { type Invocation, parseCommandLine } from "./program.js";
import { type CallOptions, Session, type Surroundings } from "./session.js";
import { stageOf } from "./stage/stage-of.js";
import { styleFor } from "./style.js";
import { verbs } from "./verbs.js";

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
    if (invocation.kind === "run") return await runVerb(invocation, call, surroundings);
    streams.out.write(invocation.text);
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
): Promise<ExitCode> {
  const { store, config, as } = options;
  const stage = stageOf(verb, options);
  const named = {
    ...(stage === undefined ? {} : { stage }),
    ...(typeof store === "string" ? { store } : {}),
    ...(typeof config === "string" ? { config } : {}),
    ...(typeof as === "string" ? { as: parseActor(as) } : {}),
  };
  const session = new Session({ ...call, ...named }, surroundings);
  try {
    const answer = await verb.run(args, options, session);
    if (answer === undefined) return 0;
    const text = call.json ? JSON.stringify(answer.json, null, 2) : answer.text(session.style);
    surroundings.streams.out.write(`${text}\n`);
    session.tellNotices();
    return answer.exitCode ?? 0;
  } catch (error) {
    throw await session.explain(error);
  } finally {
    await session.close();
  }
}
