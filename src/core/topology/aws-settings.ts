import { z } from "zod";
import { SagaError } from "../../errors/saga-error.js";
import type { Permission } from "../definition/options.js";
import { actionPattern, resourcePattern } from "../definition/require.js";
import type { Duration } from "../duration.js";
import { indexShardsMax } from "./limits.js";

/** How a lane is worked. */
export interface LaneSettings {
  /** Of its function, MB, 128 to 10,240. Default: that of all. */
  readonly memory?: number;
  /** Invocations of its function at once, 2 to 1,000. Default: that of all. */
  readonly concurrency?: number;
  /** Events that one invocation takes, 1 to 10, the most of a FIFO queue. Default 10. */
  readonly batchSize?: number;
}

/** How sagas are deployed to AWS. */
export interface AwsSettings {
  /** Such as `"eu-central-1"`. Default: where the credentials at hand point to. */
  readonly region?: string;
  /** Of every function, MB, 128 to 10,240: CPU comes with it. Default 512. */
  readonly memory?: number;
  /**
   * Of every lane's function, whole seconds, 1 second to 15 minutes. It must cover the longest step and 5
   * seconds; a crash stalls an instance for up to six times as long. Default 30 seconds.
   */
  readonly timeout?: Duration;
  /** Invocations of each lane's function at once, 2 to 1,000. Default 100. */
  readonly concurrency?: number;
  /** What differs for single lanes, by name. */
  readonly lanes?: Readonly<Record<string, LaneSettings>>;
  /**
   * Partitions of the watch index, 1 to 1,000; each takes about 1,000 writes a second. Default 16.
   */
  readonly indexShards?: number;
  /** The most `indexShards` there ever were. Default `indexShards`. */
  readonly indexShardsEver?: number;
  /** An existing bucket for payloads above 300 KB. Default: they stay in the table, up to 9 MB. */
  readonly payloadBucket?: string;
  /** An existing bucket for code. Default: `backstep-<account>-<region>`, made by the first deploy. */
  readonly assetBucket?: string;
  /** Variables for every function, besides Backstep's own: less than 4 KB in all. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What `services` needs in every lane's function; what one step needs is said with the step. */
  readonly permissions?: readonly Permission[];
  /**
   * Who else hears domain events: each gets an SQS queue that the events of these names are put into.
   * `saga.parked` is one, too.
   */
  readonly subscribers?: Readonly<Record<string, readonly string[]>>;
  /** Who gets the alarms by mail. Default nobody: the topic is there all the same. */
  readonly alarmEmails?: readonly string[];
  /** How long logs are kept, days, as CloudWatch takes them: 1, 3, 5, 7, 14, 30, 60, 90 … Default 30. */
  readonly logRetentionDays?: number;
  /** Whether the table can be deleted by nobody until this is switched off. Default true. */
  readonly deletionProtection?: boolean;
  /** On every resource. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** The retentions that CloudWatch Logs takes, days. */
const logRetentions = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

const name = z.string().regex(/^[A-Za-z][A-Za-z0-9-]*$/, "expected letters, digits and -, a letter first");
const memory = z.int().min(128).max(10_240);
const concurrency = z.int().min(2).max(1_000);
const shards = z.int().min(1).max(indexShardsMax);
const bucket = z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "expected the name of an S3 bucket");
const laneSettings = z.strictObject({
  memory: memory.optional(),
  concurrency: concurrency.optional(),
  batchSize: z.int().min(1).max(10, "expected 10 or less, the most of a FIFO queue").optional(),
});
const ofTag = "expected letters, digits, spaces and _ . : / = + - @, and no name that begins with aws:";
const tagText = z.string().regex(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u, ofTag);
const duration = z.custom<Duration>(
  (value) => typeof value === "object" && value !== null,
  "expected such as { seconds: 30 }",
);
const permission = z.strictObject({
  actions: z.array(z.string().regex(actionPattern, "expected such as ses:SendEmail")).min(1),
  resources: z.array(z.string().regex(resourcePattern, "expected an ARN, {table} or {bus}")).min(1),
});

const schema = z.strictObject({
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "expected such as eu-central-1")
    .optional(),
  memory: memory.default(512),
  timeout: duration.default({ seconds: 30 }),
  concurrency: concurrency.default(100),
  lanes: z.record(z.string(), laneSettings).default({}),
  indexShards: shards.default(16),
  indexShardsEver: shards.optional(),
  payloadBucket: bucket.optional(),
  assetBucket: bucket.optional(),
  environment: z
    .record(
      z
        .string()
        .regex(
          /^(?!AWS_|LAMBDA_|BACKSTEP_(TABLE|LANE|TIMER|BUS|INDEX|RETENTION|PAYLOAD_B|WORKER))[A-Za-z]\w+$/,
          {
            message:
              "expected a variable that neither AWS nor Backstep sets: two or more letters, digits and _",
          },
        ),
      z.string(),
    )
    .default({}),
  permissions: z.array(permission).default([]),
  subscribers: z.record(name, z.array(z.string().min(1)).min(1)).default({}),
  alarmEmails: z.array(z.email()).default([]),
  logRetentionDays: z.literal([...logRetentions], `expected one of ${logRetentions.join(", ")}`).default(30),
  deletionProtection: z.boolean().default(true),
  tags: z.record(tagText.max(128).regex(/^(?!aws:)./i, ofTag), tagText.max(256)).default({}),
});

/** `AwsSettings`, checked and with their defaults. */
export type CheckedAwsSettings = z.output<typeof schema>;

/**
 * Checks the settings of a deployment.
 * @param settings the `aws` of a configuration; `undefined` is all defaults
 * @throws SagaError CONFIG_INVALID naming every setting that is wrong
 */
export function parseAwsSettings(settings: unknown): CheckedAwsSettings {
  const parsed = schema.safeParse(settings ?? {});
  if (parsed.success) return parsed.data;
  const found = parsed.error.issues.map((issue) => {
    const message = issue.code === "invalid_key" ? issue.issues[0]?.message : issue.message;
    return `${["aws", ...issue.path].join(".")}: ${message}`;
  });
  const problem = `The aws settings of the configuration are wrong: ${found.join("; ")}.`;
  throw new SagaError("CONFIG_INVALID", problem, { fix: "Correct them in backstep.config.ts." });
}
