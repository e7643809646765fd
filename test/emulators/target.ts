import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";

/** What our adapters talk to; `cloudFormation` with all that a stack of ours is made of. */
export const services = ["dynamoDb", "sqs", "events", "s3", "cloudFormation"] as const;
export type Service = (typeof services)[number];

/** What AWS does and some emulator does not, as far as tests depend on it. */
export type Capability =
  | "transactions" // TransactWriteItems
  | "indexUnits" // ReturnConsumedCapacity counts indexes
  | "readUnits" // … and counts reads by the size of what was read
  | "emptyReadUnits" // … and a Query that finds nothing
  | "transactIndexUnits"; // … and indexes twice in a transaction

/** By capability, why it is not there. */
export type Lacks = Readonly<Partial<Record<Capability, string>>>;

/** Where a service answers: a URL, or the SDK's own default. */
export type Endpoint = string | "aws";

/** Something that tests run against. Plain data, for it crosses from the run's set-up to its test files. */
export interface TargetData {
  readonly name: string;
  readonly endpoints: Readonly<Partial<Record<Service, Endpoint>>>;
  /** What answers there, by its own name. */
  readonly emulators: Readonly<Partial<Record<Service, string>>>;
  readonly lacks: Lacks;
}

/** The clients of a target. One of a service that the target does not have fails at its first call. */
export interface Clients {
  readonly dynamoDb: DynamoDBClient;
  readonly sqs: SQSClient;
  readonly events: EventBridgeClient;
  readonly s3: S3Client;
  readonly cloudFormation: CloudFormationClient;
}

/** A target with its clients, one set a test file. */
export interface Target extends TargetData {
  readonly clients: Clients;
}

/** What starts an emulator. */
export interface Emulator {
  readonly name: string;
  readonly services: readonly Service[];
  readonly lacks: Lacks;
  /** Why it cannot run on this machine; `undefined` where it can. */
  missing(): Promise<string | undefined>;
  start(): Promise<RunningEmulator>;
}

/** An emulator that was started here. */
export interface RunningEmulator {
  /** Of every service that it has. */
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** Clients for the endpoints of a target. */
export function connect(data: TargetData): Target {
  const at = (service: Service) => clientConfig(data.endpoints[service] ?? nowhere);
  const clients: Clients = {
    dynamoDb: new DynamoDBClient(at("dynamoDb")),
    sqs: new SQSClient({ ...at("sqs"), useQueueUrlAsEndpoint: data.endpoints.sqs === "aws" }),
    events: new EventBridgeClient(at("events")),
    s3: new S3Client({ ...at("s3"), forcePathStyle: true }),
    cloudFormation: new CloudFormationClient(at("cloudFormation")),
  };
  return { ...data, clients };
}

/** Nothing listens there. */
const nowhere = "http://127.0.0.1:9";

/** What emulators take for credentials and region. */
export const emulated = {
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
} as const;

/** How a client of any service finds an endpoint. */
export function clientConfig(endpoint: Endpoint) {
  return endpoint === "aws" ? {} : { endpoint, ...emulated };
}
