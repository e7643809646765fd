import { resolve } from "node:path";
import type { Actor } from "../core/journal/entry.js";
import { isSagaError } from "../errors/saga-error.js";
import type { Clock } from "../ports/clock.js";
import type { SagaClient } from "../runtime/client.js";
import type { Operator } from "../runtime/operate/operator.js";
import { SystemClock } from "../system/system-clock.js";
import { currentActor } from "./actor.js";
import type { Backend, Tail, TailOptions } from "./backend.js";
import { EmbeddedBackend } from "./embedded-backend.js";
import type { LoadedConfig } from "./load-config.js";
import { usage } from "./parse.js";
import { configNotFound, findProject, type Project, storeDefault } from "./project.js";
import { readJsonOption } from "./read-json.js";
import { StageBackend } from "./stage/stage-backend.js";
import type { Streams } from "./streams.js";
import { type Style, styleFor } from "./style.js";

/** What a command runs in. */
export interface Surroundings {
  readonly streams: Streams;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Ends what runs until it is stopped. */
  readonly stop: AbortController;
}

/** The common options of a call. */
export interface CallOptions {
  readonly json: boolean;
  readonly verbose: boolean;
  readonly noColor: boolean;
  readonly store?: string;
  readonly config?: string;
  /** A deployed stage; `undefined`: the embedded engine. */
  readonly stage?: string;
  /** Who gives the commands; `undefined`: whoever runs this process. */
  readonly as?: string;
}

/** What a command works with. Everything is opened when it is first asked for, and closed at the end. */
export class Session {
  readonly clock: Clock = new SystemClock();
  /** Of stdout. */
  readonly style: Style;
  readonly #notices: string[] = [];
  readonly #backend: Backend;
  #project: Project | undefined;
  #config: Promise<LoadedConfig> | undefined;

  constructor(
    readonly options: CallOptions,
    private readonly surroundings: Surroundings,
  ) {
    const { streams, env } = surroundings;
    this.style = styleFor(streams.out, env, options.noColor);
    const { stage } = options;
    this.#backend = stage === undefined ? new EmbeddedBackend(this) : new StageBackend(this, stage);
  }

  /** Aborted when the command shall come to an end; abort it to bring that about. */
  get stop(): AbortController {
    return this.surroundings.stop;
  }

  /** Who gives the commands. */
  get actor(): Actor {
    const { as } = this.options;
    return as === undefined ? currentActor() : { ...currentActor(), user: as };
  }

  /** The folder that paths on the command line start from. */
  get cwd(): string {
    return this.surroundings.cwd;
  }

  /** Writes a line to stdout at once: only for a command that answers while it runs. */
  say(line: string): void {
    this.surroundings.streams.out.write(`${line}\n`);
  }

  /** Writes a line to stderr at once; with `--json` as `{"notice": …}`. */
  tell(text: string): void {
    const { streams, env } = this.surroundings;
    const { colors } = styleFor(streams.err, env, this.options.noColor);
    streams.err.write(`${this.options.json ? JSON.stringify({ notice: text }) : colors.yellow(text)}\n`);
  }

  /** Says something beside the answer: on stderr, after it, and only if the command succeeds. */
  notice(text: string): void {
    this.#notices.push(text);
  }

  /** Says what was noticed. */
  tellNotices(): void {
    for (const text of this.#notices.splice(0)) this.tell(text);
  }

  /**
   * Reads JSON from an option's value: itself, `@file`, or `-` for stdin.
   * @throws SagaError USAGE
   */
  readJson(value: string | true | undefined, option: string): Promise<unknown> {
    return readJsonOption(value, option, this.cwd, this.surroundings.streams);
  }

  /** Everything that comes in on stdin, as text. */
  readInput(): Promise<string> {
    return this.surroundings.streams.readInput();
  }

  /**
   * Asks a person before something that cannot be taken back.
   * @throws SagaError USAGE where stdin is no terminal
   */
  async confirm(question: string): Promise<boolean> {
    const answer = await this.surroundings.streams.ask(`${question} [y/N] `);
    if (answer !== undefined) return /^y(es)?$/i.test(answer.trim());
    throw usage("The command asks before it acts, and there is no terminal to ask on.", "Add --yes.");
  }

  /** The project. @throws SagaError CONFIG_NOT_FOUND where the file that was named is not there */
  get project(): Project {
    this.#project ??= findProject(this.cwd, this.options);
    return this.#project;
  }

  /**
   * The configuration. @throws SagaError CONFIG_NOT_FOUND, CONFIG_INVALID, or what a definition in it throws
   */
  config(): Promise<LoadedConfig> {
    this.#config ??= this.#loadConfig();
    return this.#config;
  }

  async #loadConfig(): Promise<LoadedConfig> {
    const { config } = this.project;
    if (config === undefined) throw configNotFound(this.cwd);
    const { loadConfig } = await import("./load-config.js");
    return loadConfig(config);
  }

  /** The configuration, for what can do without: `undefined`, with a notice, where it cannot be loaded. */
  async anyConfig(): Promise<LoadedConfig | undefined> {
    if (this.project.config === undefined) return undefined;
    const isFirst = this.#config === undefined;
    try {
      return await this.config();
    } catch (error) {
      const problem = isSagaError(error) ? error.problem : String(error);
      if (isFirst) this.notice(`Without the configuration, which cannot be loaded: ${problem}`);
      return undefined;
    }
  }

  /** The store's file, absolute, with a configuration that is at hand. */
  storeFile(config: LoadedConfig | undefined): string {
    const { store } = this.options;
    if (store !== undefined) return resolve(this.cwd, store);
    return resolve(this.project.root, config?.config.store ?? storeDefault);
  }

  /** A command line for the same instances: `show order/o-1` is `backstep show order/o-1 --stage dev`. */
  command(line: string): string {
    return `backstep ${line}${this.#backend.suffix}`;
  }

  /** A client that starts, signals and commands. */
  client(): Promise<SagaClient> {
    return this.#backend.client();
  }

  /**
   * A client that reads, also without a configuration.
   * @returns `undefined` where nothing was ever started
   */
  reader(): Promise<SagaClient | undefined> {
    return this.#backend.reader();
  }

  /**
   * What operators work with; without a configuration that can be loaded it declares no saga.
   * @returns `undefined` where nothing was ever started
   */
  operator(): Promise<Operator | undefined> {
    return this.#backend.operator();
  }

  /** Follows what workers write. Whoever takes it closes it. */
  tail(options: TailOptions): Promise<Tail> {
    return this.#backend.tail(options);
  }

  /** A notice where nobody works on what was accepted. */
  noticeIfIdle(): void {
    const idleness = this.#backend.idleness();
    if (idleness !== undefined) this.notice(idleness);
  }

  /** The error as whoever gave the command can act on it. */
  explain(error: unknown): Promise<unknown> {
    return this.#backend.explain(error);
  }

  /** Closes what was opened. */
  close(): Promise<void> {
    return this.#backend.close();
  }
}
