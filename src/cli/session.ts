import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Actor } from "../core/journal/entry.js";
import { isSagaError, SagaError } from "../errors/saga-error.js";
import type { EngineProcess } from "../local/engine-lock.js";
import type { JournalTail, JournalTailOptions } from "../local/journal-tail.js";
import type { LocalClient, LocalClientOptions } from "../local/local-client.js";
import type { Clock } from "../ports/clock.js";
import type { SagaClient } from "../runtime/client.js";
import { SystemClock } from "../system/system-clock.js";
import { currentActor } from "./actor.js";
import type { LoadedConfig } from "./load-config.js";
import { usage } from "./parse.js";
import { configNotFound, findProject, type Project, storeDefault } from "./project.js";
import { readJsonOption } from "./read-json.js";
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
}

/** What a command works with. Everything is opened when it is first asked for, and closed at the end. */
export class Session {
  readonly clock: Clock = new SystemClock();
  /** Of stdout. */
  readonly style: Style;
  readonly #notices: string[] = [];
  readonly #clients: LocalClient[] = [];
  #project: Project | undefined;
  #config: Promise<LoadedConfig> | undefined;

  constructor(
    readonly options: CallOptions,
    private readonly surroundings: Surroundings,
  ) {
    const { streams, env } = surroundings;
    this.style = styleFor(streams.out, env, options.noColor);
  }

  /** Aborted when the command shall come to an end; abort it to bring that about. */
  get stop(): AbortController {
    return this.surroundings.stop;
  }

  /** Who gives the commands. */
  get actor(): Actor {
    return currentActor();
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
    this.#project ??= findProject(this.cwd, this.options.config);
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

  /**
   * A client that starts, signals and commands: it knows the configuration, and makes the store if there is
   * none.
   */
  async client(): Promise<SagaClient> {
    const loaded = await this.config();
    const { sagas, lanes, fuse } = loaded.config;
    return this.#open({ file: this.storeFile(loaded), sagas, lanes, fuse });
  }

  /**
   * A client that reads, without services and, where there is none, without a configuration.
   * @returns `undefined` where nothing was ever started
   * @throws SagaError CONFIG_NOT_FOUND where there is neither configuration nor store; STORE_UNREADABLE
   */
  async reader(): Promise<SagaClient | undefined> {
    const { store } = this.options;
    const loaded = store === undefined ? await this.anyConfig() : undefined;
    const file = this.storeFile(loaded);
    if (existsSync(file)) return this.#open({ file, create: false });
    if (store !== undefined) {
      const fix = "Correct the path after --store.";
      throw new SagaError("STORE_UNREADABLE", `There is no store "${store}".`, { fix });
    }
    if (this.project.config === undefined) throw configNotFound(this.cwd);
    return undefined;
  }

  /**
   * Follows what an engine in another process writes; makes the store if there is none. Whoever takes it
   * closes it.
   * @throws SagaError as `reader`
   */
  async tail(options: Omit<JournalTailOptions, "clock">): Promise<JournalTail> {
    await this.reader();
    const file = this.storeFile(this.options.store === undefined ? await this.anyConfig() : undefined);
    const { JournalTail } = await import("../local/journal-tail.js");
    return new JournalTail(file, { ...options, clock: this.clock });
  }

  async #open(options: LocalClientOptions): Promise<SagaClient> {
    const { openLocalClient } = await import("../local/local-client.js");
    const opened = openLocalClient(options);
    this.#clients.push(opened);
    return opened;
  }

  /** The engine that works the store in another process; `undefined` if none does. */
  async engine(): Promise<EngineProcess | undefined> {
    await this.reader();
    return this.#clients.map((client) => client.engine()).find((engine) => engine !== undefined);
  }

  /** A notice where nobody works the store: what was accepted waits for an engine. */
  noticeIfNoEngine(): void {
    if (this.#clients.some((client) => client.hasEngine())) return;
    this.notice("No engine works on the store: it goes on when one does. Run one: backstep dev");
  }

  /** Closes what was opened. */
  async close(): Promise<void> {
    for (const client of this.#clients.splice(0)) await client.close();
  }
}
