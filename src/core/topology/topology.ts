/**
 * What a deployed stage is made of, as plain data, every setting explicit. Renderers (CloudFormation, SST)
 * add nothing of their own.
 *
 * Names are the physical ones. ARNs are texts in which `{partition}`, `{region}` and `{account}` stand for
 * those of the deployment. Durations are in seconds.
 */
export interface Topology {
  /** The project: `shop`. */
  readonly name: string;
  /** `dev`. */
  readonly stage: string;
  /** `shop-dev`: the name of the stack, and what each resource's name begins with. */
  readonly stack: string;
  /** `undefined`: where the credentials at hand point to. */
  readonly region: string | undefined;
  /** On every resource that can have any. */
  readonly tags: Readonly<Record<string, string>>;
  /** The declared versions, by saga and then version. */
  readonly sagas: readonly DeployedSaga[];
  readonly table: TableResource;
  readonly queues: readonly QueueResource[];
  readonly functions: readonly FunctionResource[];
  readonly mappings: readonly MappingResource[];
  readonly bus: BusResource;
  readonly rules: readonly RuleResource[];
  readonly schedules: readonly ScheduleResource[];
  /** Where alarms are told. */
  readonly topic: TopicResource;
  readonly alarms: readonly AlarmResource[];
  /** What a client of the stage needs, by the variables that it reads. */
  readonly client: Readonly<Record<string, VariableValue>>;
}

/** A version that this deployment can work. */
export interface DeployedSaga {
  readonly saga: string;
  readonly version: number;
  readonly fingerprint: string;
}

/** The table, on demand. */
export interface TableResource {
  readonly name: string;
  readonly arn: string;
  readonly partitionKey: string;
  readonly sortKey: string;
  readonly index: TableIndex;
  readonly timeToLiveAttribute: string;
  readonly pointInTimeRecovery: boolean;
  readonly deletionProtection: boolean;
}

/** The one index; its keys, like the table's, are texts. */
export interface TableIndex {
  readonly name: string;
  readonly partitionKey: string;
  readonly sortKey: string;
  /** What it carries beside keys. */
  readonly attributes: readonly string[];
}

/** What a queue is for. */
export type QueueKind = "lane" | "timer" | "ingest" | "subscriber" | "deadLetter";

/** An SQS queue. */
export interface QueueResource {
  /** Unique in the topology: `lane-main`, `dead-lane-main`, `timers`. */
  readonly id: string;
  readonly kind: QueueKind;
  readonly name: string;
  readonly arn: string;
  /**
   * High throughput: `DeduplicationScope` `messageGroup`, `FifoThroughputLimit` `perMessageGroupId`,
   * `ContentBasedDeduplication` off.
   */
  readonly fifo: boolean;
  readonly visibilitySeconds: number;
  readonly retentionSeconds: number;
  readonly delaySeconds: number;
  /** Where a message goes that was received so often in vain. */
  readonly deadLetter: { readonly queue: string; readonly maxReceives: number } | undefined;
  /** The rules of the bus that may send to it, by id: its resource policy. */
  readonly rules: readonly string[];
}

/** What a function does. */
export type FunctionKind = "lane" | "timer" | "watchdog" | "deadLetter" | "ingest";

/** A Lambda function with a role and a log group of its own. */
export interface FunctionResource {
  /** Unique in the topology: `lane-main`, `watchdog`. */
  readonly id: string;
  readonly kind: FunctionKind;
  readonly name: string;
  readonly arn: string;
  /** Of a lane function. */
  readonly lane: string | undefined;
  /** The steps and waits whose handlers it calls: `order.reserveStock`. */
  readonly steps: readonly string[];
  /** The longest timeout of these; 0 where it calls none. */
  readonly longestStepSeconds: number;
  /** The file of `functions/` that it is bundled from, without extension: `lane`. */
  readonly entry: string;
  readonly runtime: typeof nodeRuntime;
  readonly architecture: "arm64";
  readonly memoryMegabytes: number;
  readonly timeoutSeconds: number;
  /** `Allow` on every function that can feed itself: Lambda otherwise ends a chain after about 16 hops. */
  readonly recursiveLoop: "Allow" | "Terminate";
  readonly environment: Readonly<Record<string, VariableValue>>;
  readonly logGroup: { readonly name: string; readonly retentionDays: number };
  /** All that its role allows. */
  readonly statements: readonly Statement[];
  /** What an asynchronous invocation that failed is tried again; 0 for the watchdog: the next minute is. */
  readonly asyncRetries: number | undefined;
}

/** The runtime of every function. */
export const nodeRuntime = "nodejs22.x";

/** A text, or what is known only once queues are there. */
export type VariableValue =
  | string
  /** The URL of a queue, by its id. */
  | { readonly urlOf: string }
  /** The URL of the lanes' queues with `{lane}` in place of the lane. */
  | { readonly laneUrls: true };

/** What a role allows: all these actions on all these resources. */
export interface Statement {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
}

/** A queue that feeds a function. Failed messages of a batch are reported one by one. */
export interface MappingResource {
  readonly id: string;
  /** By id. */
  readonly queue: string;
  /** By id. */
  readonly function: string;
  readonly batchSize: number;
  /** Invocations at once, 2 to 1,000. */
  readonly maximumConcurrency: number;
}

/** The bus that domain events go over. */
export interface BusResource {
  readonly name: string;
  readonly arn: string;
}

/** Where a rule delivers to. */
export type RuleTarget =
  /** A queue, by id. What cannot be delivered goes to its dead-letter queue. */
  | { readonly queue: string }
  /** The topic of the alarms. */
  | { readonly topic: true };

/** A rule of the bus. */
export interface RuleResource {
  readonly id: string;
  readonly name: string;
  readonly arn: string;
  /** The domain events that it takes, whoever published them. */
  readonly events: readonly string[];
  readonly target: RuleTarget;
}

/** A schedule that invokes a function. */
export interface ScheduleResource {
  readonly id: string;
  readonly name: string;
  readonly expression: string;
  /** By id. */
  readonly function: string;
}

/** The SNS topic of the alarms. */
export interface TopicResource {
  readonly name: string;
  readonly arn: string;
  /** Who is told by mail, after they have confirmed. */
  readonly emails: readonly string[];
}

/** A CloudWatch alarm; it tells the topic. */
export interface AlarmResource {
  readonly id: string;
  readonly name: string;
  /** What is wrong and what to do, for whoever is woken. */
  readonly description: string;
  /** `AWS/SQS`. */
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: "Sum" | "Maximum";
  readonly periodSeconds: number;
  readonly periods: number;
  readonly comparison: "GreaterThanOrEqualToThreshold" | "LessThanThreshold";
  readonly threshold: number;
  readonly missingData: "notBreaching" | "breaching";
}
