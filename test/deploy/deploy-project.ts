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
  /** The reservation's name for itself; another one is another bundle. Default `"first"`. */
  readonly mark?: string;
  /** What else the configuration says, as TypeScript: `aws: {}`. */
  readonly more?: string;
}

/** A project of one saga that waits, for the command line on a target. */
export class DeployProject {
  readonly name = `t${randomUUID().slice(0, 8)}`;
  readonly stack = `${this.name}-dev`;
  readonly #project: CliProject = createCliProject();
  readonly #env: Readonly<Record<string, string>>;
  readonly #place: readonly string[];

  constructor({ endpoints: { cloudFormation: endpoint = "aws" } }: Target) {
    const isAws = endpoint === "aws";
    this.#place = isAws ? [] : ["--endpoint", endpoint];
    this.#env = isAws
      ? {}
      : { AWS_REGION: "us-east-1", AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };
    const sdk = fileURLToPath(new URL("../../node_modules/@aws-sdk", import.meta.url));
    symlinkSync(sdk, join(this.#project.folder, "node_modules/@aws-sdk"), "dir");
    this.release({});
  }

  /** Writes the configuration. */
  release({ version = 1, mark = "first", more = "" }: Release): void {
    this.#project.write("backstep.config.ts", configText(this.name, version, mark, more));
  }

  /** `backstep deploy` or `backstep destroy`, on the target. */
  run(verb: "deploy" | "destroy", ...args: readonly string[]): Promise<Ended> {
    return this.#project.backstep([verb, ...this.#place, ...args], { env: this.#env });
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

function configText(name: string, version: number, mark: string, more: string): string {
  return `
import { defineConfig, defineEvent, defineSaga } from "backstep";
import { z } from "zod";

const Paid = defineEvent({ name: "${name}.paid", payload: z.object({ id: z.string() }) });
const input = z.object({ id: z.string() });
const order = defineSaga({ name: "order", version: ${version}, input, id: ({ id }) => id })
  .step("reserve", { output: z.string(), run: () => "${mark}", compensate: "none" })
  .waitFor("payment", { event: Paid, id: ({ id }) => id, within: { hours: 1 }, compensate: "none" })
  .build();
export default defineConfig({ name: "${name}", sagas: [order], ${more} });
`;
}
