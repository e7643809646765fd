import { randomUUID } from "node:crypto";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type CliProject, createCliProject, type Ended } from "../e2e/cli-project.js";
import type { Target } from "../emulators/target.js";

/** What of the sample a deployment changes. */
export interface Release {
  /** Default 1. */
  readonly version?: number;
  /** What functions answer; another one is another bundle. Default `"first"`. */
  readonly mark?: string;
  /** What else the configuration says, as TypeScript: `aws: {}`. */
  readonly more?: string;
  /** The configuration is there only after this signal. */
  readonly until?: NodeJS.Signals;
}

/** The functions of a stack. */
const entries = ["lane", "timer", "watchdog", "dead-letter", "ingest"];

/**
 * A project of one saga that waits, for the command line on a target. Its functions do nothing, so that they
 * are bundled at once; or they are those that the configuration makes.
 */
export class DeployProject {
  readonly name = `t${randomUUID().slice(0, 8)}`;
  readonly stack = `${this.name}-dev`;
  readonly #project: CliProject = createCliProject();
  readonly #env: Readonly<Record<string, string>>;
  readonly #place: readonly string[];
  readonly #works: boolean;

  /** @param works whether its functions do something. Default false */
  constructor({ endpoints: { cloudFormation: endpoint = "aws" } }: Target, works = false) {
    this.#works = works;
    const isAws = endpoint === "aws";
    this.#place = isAws ? [] : ["--endpoint", endpoint];
    this.#env = isAws
      ? {}
      : { AWS_REGION: "us-east-1", AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };
    const sdk = fileURLToPath(new URL("../../node_modules/@aws-sdk", import.meta.url));
    symlinkSync(sdk, join(this.#project.folder, "node_modules/@aws-sdk"), "dir");
    this.release({});
  }

  /** Writes the configuration and the functions. */
  release({ version = 1, mark = "first", more = "", until }: Release): void {
    const hold = until === undefined ? "" : holdText(until);
    this.#project.write("backstep.config.ts", `${configText(this.name, version, more)}${hold}`);
    const handler = `export const handler = async () => "${mark} ${version}";\n`;
    if (this.#works) return;
    for (const entry of entries) this.#project.write(`functions/${entry}.ts`, handler);
  }

  /** `backstep deploy` or `backstep destroy`, on the target. */
  run(verb: "deploy" | "destroy", ...args: readonly string[]): Promise<Ended> {
    return this.#project.backstep([verb, ...this.#place, ...args], { env: this.#env });
  }

  /** Leaves no place for the record of a stage. */
  blockRecord(): void {
    this.#project.write(".backstep", "a file");
  }

  /** A command by somebody of another account of the emulator. */
  runFrom(account: string, ...args: readonly string[]): Promise<Ended> {
    const env = { ...this.#env, AWS_ACCESS_KEY_ID: account };
    return this.#project.backstep([...args, ...this.#place], { env });
  }

  /** As `run` with `--json`: what it answers. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into the JSON of an answer
  async answer(verb: "deploy" | "destroy", ...args: readonly string[]): Promise<any> {
    const { code, stdout, stderr } = await this.run(verb, "--json", ...args);
    if (code !== 0) throw new Error(`It ended with ${code}: ${stderr}`);
    return JSON.parse(stdout);
  }

  /** A command on the deployed stage. */
  onStage(...args: readonly string[]): Promise<Ended> {
    return this.#project.backstep([...args, "--stage", "dev"], { env: this.#env });
  }

  /** A command on the deployed stage, as it was printed. */
  type(line: string): Promise<Ended> {
    return this.#project.backstep(line.trim().split(" ").slice(1), { env: this.#env });
  }

  /** Deploys, and ends the command at a line of its progress. */
  async endAt(line: RegExp, signal: NodeJS.Signals): Promise<Ended> {
    const running = this.#project.follow(["deploy", ...this.#place], { env: this.#env });
    await running.line(line);
    return running.stop(signal);
  }

  remove(): Promise<void> {
    return this.#project.remove();
  }
}

function configText(name: string, version: number, more: string): string {
  return `
import { defineConfig, defineEvent, defineSaga } from "backstep";
import { z } from "zod";

const Paid = defineEvent({ name: "${name}.paid", payload: z.object({ id: z.string() }) });
const input = z.object({ id: z.string() });
const order = defineSaga({ name: "order", version: ${version}, input, id: ({ id }) => id })
  .step("reserve", { output: z.string(), run: () => "done", compensate: "none" })
  .waitFor("payment", { event: Paid, id: ({ id }) => id, within: { hours: 1 }, compensate: "none" })
  .build();
export default defineConfig({ name: "${name}", sagas: [order], ${more} });
`;
}

/** Waits for a signal that the command line hears, too. */
function holdText(signal: NodeJS.Signals): string {
  return `
console.error("Waiting for ${signal}");
const alive = setInterval(() => {}, 1_000);
await new Promise<void>((resolve) => process.once("${signal}", () => resolve()));
clearInterval(alive);
`;
}
