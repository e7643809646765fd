import { existsSync } from "node:fs";
import { SagaError } from "../errors/saga-error.js";
import type { LocalClient, LocalClientOptions } from "../local/local-client.js";
import type { LocalOperator } from "../local/operate/local-operator.js";
import type { SagaClient } from "../runtime/client.js";
import type { Operator } from "../runtime/operate/operator.js";
import type { Backend, Tail, TailOptions } from "./backend.js";
import { configNotFound } from "./project.js";
import type { Session } from "./session.js";

/** How often a store on this machine is looked into, milliseconds. */
const pauseMs = 25;

/** The store of the embedded engine. Makes one for a command that starts, signals or steers. */
export class EmbeddedBackend implements Backend {
  readonly suffix = "";
  readonly #session: Session;
  readonly #clients: LocalClient[] = [];
  readonly #operators: LocalOperator[] = [];

  constructor(session: Session) {
    this.#session = session;
  }

  async client(): Promise<SagaClient> {
    const loaded = await this.#session.config();
    const { sagas, lanes, fuse } = loaded.config;
    return this.#open({ file: this.#session.storeFile(loaded), sagas, lanes, fuse });
  }

  /** @throws SagaError CONFIG_NOT_FOUND where there is neither configuration nor store; STORE_UNREADABLE */
  async reader(): Promise<SagaClient | undefined> {
    const file = await this.#file();
    if (existsSync(file)) return this.#open({ file, create: false });
    if (this.#session.options.store !== undefined) {
      const fix = "Correct the path after --store.";
      throw new SagaError("STORE_UNREADABLE", `There is no store "${this.#session.options.store}".`, { fix });
    }
    if (this.#session.project.config === undefined) throw configNotFound(this.#session.cwd);
    return undefined;
  }

  async operator(): Promise<Operator | undefined> {
    if ((await this.reader()) === undefined) return undefined;
    const config = (await this.#session.anyConfig())?.config;
    const declared = config && { sagas: config.sagas, lanes: config.lanes, fuse: config.fuse };
    const { openLocalOperator } = await import("../local/operate/local-operator.js");
    const opened = openLocalOperator({ ...declared, file: await this.#file(), create: false });
    this.#operators.push(opened);
    return opened;
  }

  /** Makes the store if there is none. @throws SagaError as `reader` */
  async tail(options: TailOptions): Promise<Tail> {
    await this.reader();
    const { JournalTail } = await import("../local/journal-tail.js");
    const tail = new JournalTail(await this.#file(), { ...options, clock: this.#session.clock });
    return { read: async () => tail.read(), pauseMs: () => pauseMs, close: () => tail.close() };
  }

  idleness(): string | undefined {
    if (this.#clients.some((client) => client.hasEngine())) return undefined;
    return "No engine works on the store: it goes on when one does. Run one: backstep dev";
  }

  async explain(error: unknown): Promise<unknown> {
    return error;
  }

  async close(): Promise<void> {
    for (const opened of [...this.#clients.splice(0), ...this.#operators.splice(0)]) await opened.close();
  }

  async #file(): Promise<string> {
    const { options } = this.#session;
    return this.#session.storeFile(options.store === undefined ? await this.#session.anyConfig() : undefined);
  }

  async #open(options: LocalClientOptions): Promise<SagaClient> {
    const { openLocalClient } = await import("../local/local-client.js");
    const opened = openLocalClient(options);
    this.#clients.push(opened);
    return opened;
  }
}
