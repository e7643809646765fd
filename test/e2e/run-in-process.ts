import type { ExitCode } from "../../src/cli/failure.js";
import { runCli } from "../../src/cli/run-cli.js";
import type { CliProject } from "./cli-project.js";

/** What a command said, and what it asked. */
export interface Said {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
  readonly asked: string;
}

/** Who sits before a command. */
export interface Person {
  readonly stdin?: string;
  /** What is answered to every question; `undefined`: there is no terminal. */
  readonly answer?: string | undefined;
}

/** Runs a command in this process. */
export async function runInProcess(
  { folder }: Pick<CliProject, "folder">,
  args: readonly string[],
  { stdin = "", answer }: Person = {},
): Promise<Said> {
  const said = { out: "", err: "", asked: "" };
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
      ask: async (question) => {
        said.asked += question;
        return answer;
      },
    },
    env: {},
    cwd: folder,
    stop: new AbortController(),
  });
  return { code, ...said };
}
