import type { ExitCode } from "../../src/cli/failure.js";
import { runCli } from "../../src/cli/run-cli.js";
import type { CliProject } from "./cli-project.js";

/** What a command said. */
export interface Said {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
}

/** Runs a command in this process, without a terminal. */
export async function runInProcess(project: CliProject, args: readonly string[], stdin = ""): Promise<Said> {
  const said = { out: "", err: "" };
  const stream = (name: "out" | "err") => ({
    write: (text: string) => {
      said[name] += text;
    },
  });
  const code = await runCli(args, {
    streams: {
      out: stream("out"),
      err: stream("err"),
      readInput: async () => stdin,
      ask: async () => undefined,
    },
    env: {},
    cwd: project.folder,
    stop: new AbortController(),
  });
  return { code, ...said };
}
