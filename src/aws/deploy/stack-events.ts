import {
  DescribeStackEventsCommand,
  type StackEvent as EventDescription,
} from "@aws-sdk/client-cloudformation";
import { call } from "../call.js";
import type { Deployer } from "./deployer.js";

/** One thing that became of one resource of a stack. */
export interface StackEvent {
  readonly id: string;
  /** The logical id. */
  readonly resource: string;
  /** Empty as long as it has none. */
  readonly physicalId: string;
  /** `AWS::SQS::Queue`. */
  readonly type: string;
  /** `CREATE_COMPLETE`. */
  readonly status: string;
  /** Empty where CloudFormation gives none. */
  readonly reason: string;
  /** Whether it is about the stack itself. */
  readonly isStack: boolean;
}

/** An operation begins with it. */
const beginnings = /^(CREATE|UPDATE|DELETE|IMPORT)_IN_PROGRESS$/;

/**
 * Reads the events of the latest operation on a stack, the earliest first.
 * @param stackId the ARN
 * @param after the id of an event: only what came later; `undefined` is all of the operation
 */
export async function readEvents(
  at: Deployer,
  stackId: string,
  after: string | undefined,
): Promise<readonly StackEvent[]> {
  const found: StackEvent[] = [];
  let token: string | undefined;
  do {
    const page = await readPage(at, stackId, token);
    for (const event of page.events) {
      if (event.id === after) return found.reverse();
      found.push(event);
      if (event.isStack && beginnings.test(event.status)) return found.reverse();
    }
    token = page.token;
  } while (token !== undefined);
  return found.reverse();
}

/** The id of the newest event; `undefined` where there is none. */
export async function newestEvent(at: Deployer, stackId: string): Promise<string | undefined> {
  return (await readPage(at, stackId, undefined)).events[0]?.id;
}

async function readPage(at: Deployer, stackId: string, token: string | undefined) {
  const place = { action: "cloudformation:DescribeStackEvents", endpoint: at.endpoint };
  const { StackEvents = [], NextToken } = await call(place, () =>
    at.cloudFormation.send(
      new DescribeStackEventsCommand({
        StackName: stackId,
        ...(token === undefined ? {} : { NextToken: token }),
      }),
    ),
  );
  return { events: StackEvents.map(eventOf), token: NextToken };
}

function eventOf(event: EventDescription): StackEvent {
  return {
    id: event.EventId ?? "",
    resource: event.LogicalResourceId ?? "",
    physicalId: event.PhysicalResourceId ?? "",
    type: event.ResourceType ?? "",
    status: event.ResourceStatus ?? "",
    reason: event.ResourceStatusReason ?? "",
    isStack: event.PhysicalResourceId === event.StackId,
  };
}

/** The event that made an operation fail: all later failures follow from it, or from its rollback. */
export function firstCause(events: readonly StackEvent[]): StackEvent | undefined {
  const failed = events.filter(({ status, isStack }) => status.endsWith("_FAILED") && !isStack);
  return failed.find(({ reason }) => !/cancell?ed/i.test(reason)) ?? failed[0];
}
