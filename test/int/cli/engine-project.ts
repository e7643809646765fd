import { join } from "node:path";
import { loadConfig } from "../../../src/cli/load-config.js";
import { createLocalEngine, type LocalEngine } from "../../../src/local/local-engine.js";
import { type CliProject, createCliProject } from "../../e2e/cli-project.js";
import { runInProcess, type Said } from "../../e2e/run-in-process.js";

/** A project, and an engine that works it in this process. */
export interface EngineProject {
  readonly engine: LocalEngine;
  readonly folder: string;
  /** Runs a command in this process; nobody is there to answer a question. */
  run(...args: readonly string[]): Promise<Said>;
  /** The same beside a person who gives this answer. */
  answering(answer: string, ...args: readonly string[]): Promise<Said>;
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

  const run = (...args: readonly string[]) => runInProcess(project, args);
  return {
    engine,
    folder: project.folder,
    run,
    answering: (answer, ...args) => runInProcess(project, args, { answer }),
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
