import { z } from "zod";
import { indexShardsMax } from "../core/topology/limits.js";
import { SagaError } from "../errors/saga-error.js";

/** What a client of a deployed stack finds in its environment. */
export interface ClientEnvironment {
  readonly table: string;
  /** The URL of a lane's queue, with `{lane}` for its name. */
  readonly laneQueueUrl: string;
  /** Partitions of the watch index. Default 16. */
  readonly indexShards: number;
  /** The most there ever were: so many are read. Default `indexShards`. */
  readonly indexShardsEver: number;
  /** How long ended instances are kept at least. Default 30. */
  readonly retentionDays: number;
  /** Where payloads above 300 KB go; absent: they stay in the table. */
  readonly payloadBucket?: string;
  /** Default 30,000. */
  readonly workerTimeoutMs: number;
  /** Where AWS answers; absent: where the SDK finds it. */
  readonly endpoint?: string;
}

/** What the functions of a stack find in theirs. */
export interface FunctionEnvironment extends ClientEnvironment {
  readonly timerQueueUrl: string;
  /** Absent: sagas can publish no domain events. */
  readonly busName?: string;
}

const text = z.string().min(1);
const url = z.url({ protocol: /^https?$/ });
const shards = z.coerce.number().int().min(1).max(indexShardsMax).optional();

const clientVariables = z.object({
  BACKSTEP_TABLE: text,
  BACKSTEP_LANE_QUEUE_URL: text,
  BACKSTEP_INDEX_SHARDS: shards,
  BACKSTEP_INDEX_SHARDS_EVER: shards,
  BACKSTEP_RETENTION_DAYS: z.coerce.number().min(2).max(3_650).optional(),
  BACKSTEP_PAYLOAD_BUCKET: text.optional(),
  BACKSTEP_WORKER_TIMEOUT_SECONDS: z.coerce.number().min(1).max(900).optional(),
  AWS_ENDPOINT_URL: url.optional(),
});

const functionVariables = clientVariables.extend({
  BACKSTEP_TIMER_QUEUE_URL: url,
  BACKSTEP_BUS_NAME: text.optional(),
});

type Variable = keyof z.infer<typeof functionVariables>;

/** What each variable is, for whoever has to set it. */
export const variableMeanings: Readonly<Record<Variable, string>> = {
  BACKSTEP_TABLE: "the name of the stack's table",
  BACKSTEP_LANE_QUEUE_URL: "the URL of the lanes' queues, with {lane} for the lane's name",
  BACKSTEP_TIMER_QUEUE_URL: "the URL of the stack's timer queue",
  BACKSTEP_BUS_NAME: "the name of the event bus on which sagas publish",
  BACKSTEP_INDEX_SHARDS: "the number of index shards, 1 to 1,000",
  BACKSTEP_INDEX_SHARDS_EVER: "the highest number of index shards that there ever was, 1 to 1,000",
  BACKSTEP_RETENTION_DAYS: "how many days ended instances are kept at least, 2 to 3,650",
  BACKSTEP_PAYLOAD_BUCKET: "the name of the bucket for large payloads",
  BACKSTEP_WORKER_TIMEOUT_SECONDS: "the timeout of the lane functions, 1 to 900 seconds",
  AWS_ENDPOINT_URL: "the URL at which AWS answers; leave it out for AWS itself",
};

/**
 * Reads what a client needs.
 * @param variables such as `process.env`
 * @throws SagaError ENVIRONMENT_INVALID naming the first variable that is missing or malformed
 */
export function parseClientEnvironment(variables: unknown): ClientEnvironment {
  return toClient(checked(clientVariables, variables));
}

/**
 * Reads what a function needs.
 * @param variables such as `process.env`
 * @throws SagaError ENVIRONMENT_INVALID naming the first variable that is missing or malformed
 */
export function parseFunctionEnvironment(variables: unknown): FunctionEnvironment {
  const found = checked(functionVariables, variables);
  return {
    ...toClient(found),
    timerQueueUrl: found.BACKSTEP_TIMER_QUEUE_URL,
    ...(found.BACKSTEP_BUS_NAME === undefined ? {} : { busName: found.BACKSTEP_BUS_NAME }),
  };
}

function toClient(found: z.infer<typeof clientVariables>): ClientEnvironment {
  const { BACKSTEP_INDEX_SHARDS: indexShards = 16, BACKSTEP_PAYLOAD_BUCKET: bucket } = found;
  const { AWS_ENDPOINT_URL: endpoint } = found;
  return {
    table: found.BACKSTEP_TABLE,
    laneQueueUrl: found.BACKSTEP_LANE_QUEUE_URL,
    indexShards,
    indexShardsEver: Math.max(indexShards, found.BACKSTEP_INDEX_SHARDS_EVER ?? 1),
    retentionDays: found.BACKSTEP_RETENTION_DAYS ?? 30,
    workerTimeoutMs: (found.BACKSTEP_WORKER_TIMEOUT_SECONDS ?? 30) * 1_000,
    ...(bucket === undefined ? {} : { payloadBucket: bucket }),
    ...(endpoint === undefined ? {} : { endpoint }),
  };
}

function checked<Found>(schema: z.ZodType<Found>, variables: unknown): Found {
  const parsed = schema.safeParse(withoutEmpty(variables));
  if (parsed.success) return parsed.data;
  const name = String(parsed.error.issues[0]?.path[0]) as Variable;
  const value = (variables as Readonly<Record<string, unknown>> | undefined)?.[name];
  const isMissing = value === undefined || value === "";
  const found = isMissing ? "is not set" : `is ${JSON.stringify(value)}`;
  const problem = `The environment variable ${name} ${found}. It is ${variableMeanings[name]}.`;
  const fix = `Set ${name} on the function: a deployment does; a process of your own must by itself.`;
  throw new SagaError("ENVIRONMENT_INVALID", problem, { fix, details: { variable: name } });
}

/** An empty variable is one that is not set: templates often leave it so. */
function withoutEmpty(variables: unknown): unknown {
  if (typeof variables !== "object" || variables === null) return {};
  return Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ""));
}
