import { join } from "node:path";
import { loadConfig } from "../../../src/cli/load-config.js";
import { runCli } from "../../../src/cli/run-cli.js";
import { createLocalEngine, type LocalEngine } from "../../../src/local/local-engine.js";
import { type CliProject, createCliProject } from "../../e2e/cli-project.js";

/** How a command of a project ended. */
export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly asked: string;
}

/** A project, and an engine that works it in this process. */
export interface EngineProject {
  readonly engine: LocalEngine;
  readonly folder: string;
  /** Runs a command in this process; nobody is there to answer a question. */
  run(...args: readonly string[]): Promise<Said>;
  /** The same beside a person who gives this answer. */
  answering(answer: string | undefined, ...args: readonly string[]): Promise<Said>;
  /** What a command says with `--json`. @throws Error where it ends with another exit code */
  json(code: number, ...args: readonly string[]): Promise<unknown>;
  remove(): Promise<void>;
}

/** Makes a project of these files, with a running engine. */
export async function openEngineProject(files: Readonly<Record<string, string>>): Promise<EngineProject> {
  const project: CliProject = createCliProject(files);
  const { config } = await loadConfig(join(project.folder, "backstep.config.ts"));
  const file = join(project.folder, ".backstep/local.db");
  const engine = createLocalEngine({ sagas: config.sagas, services: await config.services(), file });
  await engine.start();

  async function answering(answer: string | undefined, ...args: readonly string[]): Promise<Said> {
    const said = { out: "", err: "", asked: "" };
    const stream = (name: "out" | "err") => ({
      write: (text: string) => {
        said[name] += text;
      },
    });
    const ask = async (question: string) => {
      said.asked += question;
      return answer;
    };
    const streams = { out: stream("out"), err: stream("err"), readInput: async () => "", ask };
    const code = await runCli(args, { streams, env: {}, cwd: project.folder, stop: new AbortController() });
    return { code, ...said };
  }

  const run = (...args: readonly string[]) => answering(undefined, ...args);
  return {
    engine,
    folder: project.folder,
    run,
    answering,
    async json(code, ...args) {
      const said = await run(...args, "--json");
      if (said.code !== code) throw new Error(`It ended with ${said.code}: ${said.out}${said.err}`);
      return JSON.parse(said.out);
    },
    async remove() {
      await engine.stop();
      await project.remove();
    },
  };
}
