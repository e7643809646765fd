import type { InstanceRef } from "../ports/saga-store.js";
import type { SagaClient } from "../runtime/client.js";
import type { Operator } from "../runtime/operate/operator.js";
import type { GrownInstance } from "../runtime/told-entries.js";

/** What a tail follows. */
export interface TailOptions {
  /** Only these instances, which need not be there yet. Default all. */
  readonly refs?: readonly InstanceRef[];
  /** What was written before is not told, epoch milliseconds. Default now. */
  readonly since?: number;
}

/** Reads what workers write, as they write it. */
export interface Tail {
  /** What is new since the last call. */
  read(): Promise<readonly GrownInstance[]>;
  /** When to look again, in milliseconds from now. */
  pauseMs(): number;
  close(): void;
}

/** Where instances live, as commands see it: the store of the embedded engine, or a deployed stage. */
export interface Backend {
  /** What commands call it: `""`, or the options that name it with a blank before: ` --stage dev`. */
  readonly suffix: string;
  /** A client that starts, signals and commands: it knows the configuration. */
  client(): Promise<SagaClient>;
  /**
   * A client that reads, without services and, where there is none, without a configuration.
   * @returns `undefined` where nothing was ever started
   */
  reader(): Promise<SagaClient | undefined>;
  /**
   * What operators work with. It knows the configuration where one can be loaded; without, it declares no
   * saga.
   * @returns `undefined` where nothing was ever started
   */
  operator(): Promise<Operator | undefined>;
  /** Whoever takes it closes it. */
  tail(options: TailOptions): Promise<Tail>;
  /** What keeps what was accepted from going on, once there is a client; `undefined`: nothing. */
  idleness(): string | undefined;
  /** The error as whoever uses this backend can act on it. */
  explain(error: unknown): Promise<unknown>;
  close(): Promise<void>;
}
