import type { Command } from "../../core/decide/input.js";
import type { InstanceState, Status } from "../../core/journal/state.js";
import type { Instance } from "../../runtime/client.js";
import type { Session } from "../session.js";
import type { Verb, VerbOptions, VerbParameter } from "../verb.js";

/** What a command is made from. */
export interface Given {
  /** Of one instance; `undefined` in bulk. */
  readonly instance: Instance | undefined;
  /** The step that the command is about; `undefined` where none is named. */
  readonly step: string | undefined;
  readonly options: VerbOptions;
  readonly session: Session;
}

/** A verb that gives a command to one instance, or to all that fit. */
export interface Steering {
  readonly name: string;
  readonly summary: string;
  /** Whether its command is about one step, which is named after the instance. */
  readonly step?: "required" | "optional";
  /** Whether a reason must be given. Default it may. */
  readonly reason?: "required";
  /** Of its command, beside those that every such verb has. */
  readonly options?: readonly VerbParameter[];
  /** Filters of its own, for many instances. */
  readonly only?: readonly VerbParameter[];
  readonly examples: Verb["examples"];
  readonly notes?: string;
  /** @throws SagaError USAGE, SCHEMA_MISMATCH */
  command(given: Given): Command | Promise<Command>;
  /** What is asked before one instance is changed; `undefined`: nothing. */
  question?(state: InstanceState, options: VerbOptions): string | undefined;
  /** What has become of an instance, before `and is now …`: `goes on`. Default the status says it. */
  readonly done?: string;
  /** Why nothing has changed, before `: it is …`: `goes backward already`. */
  readonly already: string;
  /** What else is to be said of an instance that was changed. */
  also?(state: InstanceState): { readonly json: Readonly<Record<string, unknown>>; readonly text: string };
  /** Which status a bulk run is about unless `--status` says; `undefined`: whatever has not ended. */
  readonly status?: Status;
}
