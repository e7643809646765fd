import {
  DeleteFunctionConcurrencyCommand,
  type EventSourceMappingConfiguration,
  GetFunctionCommand,
  GetFunctionRecursionConfigCommand,
  LambdaClient,
  type LambdaClientConfig,
  PutFunctionRecursionConfigCommand,
  paginateListEventSourceMappings,
  UpdateEventSourceMappingCommand,
  type UpdateEventSourceMappingCommandInput,
} from "@aws-sdk/client-lambda";
import { call } from "../call.js";
import { clientDefaults } from "../clients/client-defaults.js";

/** What feeds a function. */
export interface FeedFacts {
  readonly uuid: string;
  /** The queue's name. */
  readonly queue: string;
  /** As Lambda says it: `Enabled`. */
  readonly state: string;
  /** Invocations at once; `undefined`: as many as the account allows. */
  readonly concurrency: number | undefined;
}

/** A function as it is. */
export interface FunctionFacts {
  readonly arn: string;
  /** As Lambda says it: `Active`. */
  readonly state: string;
  /** Why it is in that state. */
  readonly why: string;
  /** As Lambda says it: `Successful`. */
  readonly lastUpdate: string;
  /** The name of its role. */
  readonly role: string;
  /** Invocations that are kept for it, and the most that it has; `undefined`: it shares the account's. */
  readonly reserved: number | undefined;
}

/** The functions of a stage, by their names. */
export class StageFunctions {
  readonly #client: LambdaClient;
  readonly #endpoint: string | undefined;

  constructor(config: LambdaClientConfig & { readonly endpoint?: string }) {
    this.#client = new LambdaClient({ ...clientDefaults, ...config });
    this.#endpoint = config.endpoint;
  }

  /** @returns `undefined` where there is no such function @throws SagaError AWS_DENIED */
  async find(name: string): Promise<FunctionFacts | undefined> {
    const found = await this.#unlessAbsent("GetFunction", name, () =>
      this.#client.send(new GetFunctionCommand({ FunctionName: name })),
    );
    if (found === undefined) return undefined;
    const { Configuration = {}, Concurrency } = found;
    return {
      arn: Configuration.FunctionArn ?? "",
      state: Configuration.State ?? "Active",
      why: Configuration.StateReason ?? Configuration.LastUpdateStatusReason ?? "",
      lastUpdate: Configuration.LastUpdateStatus ?? "Successful",
      role: lastOf(Configuration.Role, "/"),
      reserved: Concurrency?.ReservedConcurrentExecutions,
    };
  }

  /** What feeds a function; nothing where there is no such function. @throws SagaError AWS_DENIED */
  async feeds(name: string): Promise<readonly FeedFacts[]> {
    const found = await this.#unlessAbsent("ListEventSourceMappings", name, async () => {
      const all: EventSourceMappingConfiguration[] = [];
      const pages = paginateListEventSourceMappings({ client: this.#client }, { FunctionName: name });
      for await (const { EventSourceMappings = [] } of pages) all.push(...EventSourceMappings);
      return all;
    });
    return (found ?? []).map(({ UUID = "", EventSourceArn, State = "", ScalingConfig }) => {
      const concurrency = ScalingConfig?.MaximumConcurrency;
      return { uuid: UUID, queue: lastOf(EventSourceArn, ":"), state: State, concurrency };
    });
  }

  /** What Lambda does with events that come back to it: `Terminate`, `Allow`. @throws SagaError AWS_DENIED */
  async recursiveLoop(name: string): Promise<string | undefined> {
    const found = await this.#unlessAbsent("GetFunctionRecursionConfig", name, () =>
      this.#client.send(new GetFunctionRecursionConfigCommand({ FunctionName: name })),
    );
    return found?.RecursiveLoop;
  }

  /** @throws SagaError AWS_DENIED */
  setConcurrency(feed: Pick<FeedFacts, "uuid" | "queue">, concurrency: number): Promise<void> {
    return this.#updateFeed(feed, { ScalingConfig: { MaximumConcurrency: concurrency } });
  }

  /** @throws SagaError AWS_DENIED */
  enable(feed: Pick<FeedFacts, "uuid" | "queue">): Promise<void> {
    return this.#updateFeed(feed, { Enabled: true });
  }

  /** Takes a function's reserved concurrency away: it shares the account's. @throws SagaError AWS_DENIED */
  async freeConcurrency(name: string): Promise<void> {
    await call(this.#at("DeleteFunctionConcurrency", name), () =>
      this.#client.send(new DeleteFunctionConcurrencyCommand({ FunctionName: name })),
    );
  }

  /** Lets events come back to a function as often as they like. @throws SagaError AWS_DENIED */
  async allowLoops(name: string): Promise<void> {
    const setting = { FunctionName: name, RecursiveLoop: "Allow" } as const;
    await call(this.#at("PutFunctionRecursionConfig", name), () =>
      this.#client.send(new PutFunctionRecursionConfigCommand(setting)),
    );
  }

  destroy(): void {
    this.#client.destroy();
  }

  async #updateFeed(
    { uuid, queue }: Pick<FeedFacts, "uuid" | "queue">,
    change: Omit<UpdateEventSourceMappingCommandInput, "UUID">,
  ): Promise<void> {
    const resource = `mapping from the queue "${queue}"`;
    await call({ action: "lambda:UpdateEventSourceMapping", resource, endpoint: this.#endpoint }, () =>
      this.#client.send(new UpdateEventSourceMappingCommand({ UUID: uuid, ...change })),
    );
  }

  #at(action: string, name: string) {
    return { action: `lambda:${action}`, resource: `function "${name}"`, endpoint: this.#endpoint };
  }

  #unlessAbsent<Found>(action: string, name: string, send: () => Promise<Found>) {
    return call(this.#at(action, name), async () => {
      try {
        return await send();
      } catch (error) {
        if (error instanceof Error && error.name === "ResourceNotFoundException") return undefined;
        throw error;
      }
    });
  }
}

function lastOf(text = "", separator: string): string {
  return text.slice(text.lastIndexOf(separator) + 1);
}
