import type { Permission } from "../definition/options.js";
import type { LaneWork } from "./lane-works.js";
import { arnOf } from "./resource-names.js";
import { deadLettersOf } from "./stack-mappings.js";
import { tableLayout } from "./table-layout.js";
import type { FunctionKind, QueueResource, Statement } from "./topology.js";
import type { TopologyParts } from "./topology-parts.js";

/** What Lambda does with a function's role to feed it from a queue. */
const receiving = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];

/** What a function that carries instances on does with the table. A transaction needs no more. */
const readingAndWriting = ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem"];

/** What the roles of a stage allow. */
export interface Policies {
  /** @param work of a lane's function */
  of(kind: FunctionKind, work?: LaneWork): readonly Statement[];
  logs(logGroup: string): Statement;
}

/** Grants each function what its code does, and a lane's what its steps declare; no more. */
export function createPolicies(
  { names, settings }: TopologyParts,
  queues: readonly QueueResource[],
): Policies {
  const table = arnOf("dynamodb", `table/${names.stack}`);
  const bus = arnOf("events", `event-bus/${names.stack}`);
  const { payloadBucket, permissions } = settings;
  const arnsOf = (...kinds: readonly QueueResource["kind"][]) =>
    queues.filter(({ kind }) => kinds.includes(kind)).map(({ arn }) => arn);
  const laneQueues = arnsOf("lane");
  const timers = arnsOf("timer");

  const allow = (actions: readonly string[], ...resources: readonly string[]): Statement => {
    return { actions, resources };
  };
  const payloads = (...actions: readonly string[]) =>
    payloadBucket === undefined ? [] : [allow(actions, `arn:{partition}:s3:::${payloadBucket}/*`)];
  const readAndWrite = allow(readingAndWriting, table);
  const publish = allow(["events:PutEvents"], bus);

  const byKind: Readonly<Record<FunctionKind, (work: LaneWork | undefined) => readonly Statement[]>> = {
    lane: (work) => [
      readAndWrite,
      allow(["sqs:SendMessage"], ...laneQueues, ...timers),
      allow([...receiving, "sqs:ChangeMessageVisibility"], arnOf("sqs", names.laneQueue(work?.lane ?? ""))),
      publish,
      ...payloads("s3:GetObject", "s3:PutObject"),
      ...declared([...permissions, ...(work?.permissions ?? [])], { table, bus }),
    ],
    timer: () => [
      allow(["dynamodb:PutItem"], table),
      allow(["sqs:SendMessage"], ...laneQueues, ...timers),
      allow(receiving, ...timers),
      ...payloads("s3:PutObject"),
    ],
    watchdog: () => [
      readAndWrite,
      allow(["dynamodb:Query"], `${table}/index/${tableLayout.index.name}`),
      allow(["sqs:SendMessage"], ...laneQueues, ...timers),
      ...payloads("s3:GetObject"),
    ],
    ingest: () => [
      readAndWrite,
      allow(["sqs:SendMessage"], ...laneQueues),
      allow(receiving, ...arnsOf("ingest")),
      ...payloads("s3:GetObject", "s3:PutObject"),
    ],
    deadLetter: () => [
      readAndWrite,
      allow(receiving, ...deadLettersOf(queues).map(({ arn }) => arn)),
      publish,
      ...payloads("s3:GetObject", "s3:PutObject"),
    ],
  };
  return {
    of: (kind, work) => byKind[kind](work),
    logs: (logGroup) =>
      allow(["logs:CreateLogStream", "logs:PutLogEvents"], arnOf("logs", `log-group:${logGroup}:*`)),
  };
}

interface Places {
  readonly table: string;
  readonly bus: string;
}

/** What users declare, once each. */
function declared(permissions: readonly Permission[], { table, bus }: Places): readonly Statement[] {
  const statements = permissions.map(({ actions, resources }) => ({
    actions,
    resources: resources.map((text) => text.replaceAll("{table}", table).replaceAll("{bus}", bus)),
  }));
  return [...new Map(statements.map((each) => [JSON.stringify(each), each])).values()];
}
