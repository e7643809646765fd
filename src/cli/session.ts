import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Actor } from "../core/journal/entry.js";
import { isSagaError } from "../errors/saga-error.js";
import type { SagaClient } from "../runtime/client.js";
import { currentActor } from "./actor.js";
import type { LoadedConfig } from "./load-config.js";
import { parseJson, usage } from "./parse.js";
import { configNotFound, findProject, type Project, storeDefault } from "./project.js";
import type { Surroundings } from "./run-cli.js";
import { type Style, styleFor } from "./style.js";

/** The common options of a call. */
export interface CallOptions {
  readonly json: boolean;
  readonly verbose: boolean;
  readonly noColor: boolean;
  readonly store?: string;
  readonly config?: string;
}

/** What a command works with. Everything is opened when it is first asked for, and closed at the end. */
export interface Session {
  readonly options: CallOptions;
  /** The style of stdout. */
  readonly style: Style;
  /** Aborted when the command shall come to an end. */
  readonly stop: AbortSignal;
  now(): Promise<number>;
  /** Who gives the commands. */
  actor(): Actor;
  /** Writes a line to stdout at once; only for a command that answers while it runs. */
  say(line: string): void;
  /** Writes a line to stderr at once. */
  warn(line: string): void;
  /** Says something beside the answer: on stderr, after it, and only if the command succeeds. */
  notice(text: string): void;
  sayNotices(): void;
  /** Reads JSON from an option's value: itself, `@file`, or `-` for stdin. @throws SagaError USAGE */
  readJson(value: string | true | undefined, option: string): Promise<unknown>;
  /** The project. @throws SagaError CONFIG_NOT_FOUND */
  project(): Project;
  /** @throws SagaError CONFIG_NOT_FOUND, CONFIG_INVALID, DEFINITION_INVALID */
  config(): Promise<LoadedConfig>;
  /** The configuration where it exists and can be loaded; a notice says so where it exists and cannot. */
  anyConfig(): Promise<LoadedConfig | undefined>;
  /** The store's file, absolute. @throws as `config`, where the configuration names it */
  storeFile(): Promise<string>;
  /** Starts, signals and commands; needs the configuration. Makes the store if there is none. */
  client(): Promise<SagaClient>;
  /** Reads, without services and, if need be, without configuration. `undefined` if there is no store yet. */
  reader(): Promise<SagaClient | undefined>;
  /** A notice where nobody works the store: what was accepted waits for an engine. */
  noticeIfNoEngine(): Promise<void>;
  close(): Promise<void>;
}
