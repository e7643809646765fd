import type { TransactWriteItem } from "@aws-sdk/client-dynamodb";
import type { AnySaga } from "../core/definition/nodes.js";
import type { SagaInput, SagaOutput } from "../core/definition/saga-definition.js";
import type { CompileSettings } from "../core/plan/compile.js";
import type { Head, InstanceRef, SagaStore } from "../ports/saga-store.js";
import {
  type CommandOptions,
  createClient as createSagaClient,
  prepareStart,
  type SagaClient,
  type Started,
} from "../runtime/client.js";
import { createRegistry } from "../runtime/registry.js";
import { healMsFor, type RuntimePorts } from "../runtime/settings.js";
import { awaitResult, type InstanceResult, type ResultOptions } from "./await-result.js";
import { type AwsClients, createClientPorts } from "./aws-ports.js";
import { type ClientEnvironment, parseClientEnvironment } from "./environment.js";

/** A store that can also leave the write of a start to its caller. */
export interface StartStore extends SagaStore {
  /** The items that write a head if there is none of its instance. */
  startItems(head: Omit<Head, "rev">): Promise<readonly TransactWriteItem[]>;
}

/** What a client is made from. */
export interface ClientOptions extends CompileSettings {
  /** The declared sagas; as the functions of the stack have them. */
  readonly sagas: readonly AnySaga[];
  /** Where the stack is. Default what the environment variables say. */
  readonly environment?: ClientEnvironment;
  /** Default tuned ones. */
  readonly clients?: AwsClients;
  /** In place of `environment` and `clients`; `workerTimeoutMs` is then asked for, too. */
  readonly ports?: Omit<RuntimePorts, "registry" | "store"> & { readonly store: StartStore };
}

/** A start that its caller writes. */
export interface PreparedItems extends InstanceRef {
  readonly version: number;
  /** To be put into a `TransactWriteItems` of one's own, in this order and beside one's own items. */
  readonly items: readonly TransactWriteItem[];
  /**
   * Sends the first event, after the transaction: the instance begins at once. Without it, or if its caller
   * dies before, the watchdog sends it within two minutes.
   */
  wake(): Promise<void>;
}

/** A client of a deployed stack. */
export interface AwsClient extends Omit<SagaClient, "start"> {
  /**
   * Starts the newest declared version of a saga.
   * @param saga its definition, or its name: then the input is checked when it comes
   * @param options `id`: checked against the saga's own `id(input)`; they must agree
   * @throws SagaError SAGA_UNKNOWN, SCHEMA_MISMATCH, INSTANCE_ID_INVALID, START_CONFLICT
   */
  start<Saga extends AnySaga>(
    saga: Saga | string,
    input: SagaInput<Saga>,
    options?: { readonly id?: string },
  ): Promise<Started>;
  /**
   * Prepares a start that is written together with the caller's own items, or not at all: an outbox. A
   * transaction that is cancelled by one of `items` (`ConditionalCheckFailed`) says that the instance was
   * started before.
   * @throws SagaError SAGA_UNKNOWN, SCHEMA_MISMATCH, INSTANCE_ID_INVALID, PAYLOAD_TOO_LARGE
   * @example
   * const start = await client.startItems(order, { orderId: "o-1", sku: "tea", quantity: 2, cents: 840 });
   * await dynamoDb.send(new TransactWriteItemsCommand({ TransactItems: [...ownItems, ...start.items] }));
   * await start.wake();
   */
  startItems<Saga extends AnySaga>(saga: Saga | string, input: SagaInput<Saga>): Promise<PreparedItems>;
  /**
   * Waits until an instance has ended, or is parked: then it goes on when someone decides.
   * @throws SagaError WAIT_TIMED_OUT, INSTANCE_UNKNOWN
   */
  result<Saga extends AnySaga>(
    saga: Saga,
    id: string,
    options: ResultOptions,
  ): Promise<InstanceResult<SagaOutput<Saga>>>;
  result(ref: InstanceRef, options: ResultOptions): Promise<InstanceResult<unknown>>;
  /**
   * Cancels an instance: what was done is undone.
   * @returns whether that changed anything
   * @throws SagaError INSTANCE_UNKNOWN, COMMAND_REFUSED, WRITE_CONFLICT
   */
  cancel(ref: InstanceRef, options: CommandOptions): Promise<boolean>;
}

/**
 * Makes a client of a deployed stack: it starts, signals, reads and commands instances.
 * @throws SagaError ENVIRONMENT_INVALID, VERSION_CONFLICT
 * @example
 * const client = createClient({ sagas: [order] });
 * await client.start(order, { orderId: "o-1", sku: "tea", quantity: 2, cents: 840 });
 */
export function createClient(options: ClientOptions): AwsClient {
  const { sagas, lanes, fuse } = options;
  const { ports, workerTimeoutMs } = openPorts(options);
  const registry = createRegistry(sagas, {
    ...(workerTimeoutMs === undefined ? {} : { workerTimeoutMs }),
    ...(lanes === undefined ? {} : { lanes }),
    ...(fuse === undefined ? {} : { fuse }),
  });
  const healMs = workerTimeoutMs === undefined ? {} : { healMs: healMsFor(workerTimeoutMs) };
  const client = createSagaClient({ ...ports, registry }, healMs);

  const start: AwsClient["start"] = (saga, input, given) => client.start(nameOf(saga), input, given);

  async function startItems(saga: AnySaga | string, input: unknown): Promise<PreparedItems> {
    const name = nameOf(saga);
    const { head, lane, first } = prepareStart({ ...ports, registry }, name, input);
    const { id, version } = head.origin;
    const items = await ports.store.startItems(head);
    return { saga: name, id, version, items, wake: () => ports.queue.send(lane, first) };
  }

  function result<Saga extends AnySaga>(
    saga: Saga,
    id: string,
    given: ResultOptions,
  ): Promise<InstanceResult<SagaOutput<Saga>>>;
  function result(ref: InstanceRef, given: ResultOptions): Promise<InstanceResult<unknown>>;
  function result(of: AnySaga | InstanceRef, id: string | ResultOptions, given?: ResultOptions) {
    const ref = "saga" in of ? of : { saga: of.name, id: id as string };
    return awaitResult(ports, ref, given ?? (id as ResultOptions));
  }

  const cancel: AwsClient["cancel"] = async (ref, given) => {
    return (await client.command(ref, { kind: "cancel" }, given)).applied;
  };

  return { ...client, start, startItems, result, cancel };
}

function nameOf(saga: AnySaga | string): string {
  return typeof saga === "string" ? saga : saga.name;
}

function openPorts({ ports, environment, clients, workerTimeoutMs }: ClientOptions) {
  if (ports !== undefined) return { ports, workerTimeoutMs };
  const found = environment ?? parseClientEnvironment(process.env);
  return { ports: createClientPorts(found, clients), workerTimeoutMs: found.workerTimeoutMs };
}
