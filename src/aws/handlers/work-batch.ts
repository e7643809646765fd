import type { BatchResponse, QueueEvent, QueueRecord } from "./queue-event.js";

/** How the records of a batch are worked. */
export interface BatchWork {
  /** Returning acknowledges the record, rejecting leaves it to be delivered again. */
  readonly work: (record: QueueRecord) => Promise<void>;
  /**
   * Asked before each record; false leaves it and the rest of its group to another invocation. Default true.
   */
  readonly mayBegin?: () => boolean;
  /** Is told what is left of a group; `error` is absent where time was up. Must not reject. */
  readonly onLeft?: (left: readonly QueueRecord[], error?: unknown) => Promise<void>;
}

/**
 * Works a batch: groups side by side, the records of a group one after the other. What is left of a group
 * after a failure is reported, and nothing else: its queue keeps the order.
 */
export async function workBatch({ Records }: QueueEvent, work: BatchWork): Promise<BatchResponse> {
  const left = await Promise.all(groups(Records).map((group) => workGroup(group, work)));
  return { batchItemFailures: left.flat().map(({ messageId }) => ({ itemIdentifier: messageId })) };
}

async function workGroup(
  group: readonly QueueRecord[],
  { work, mayBegin = () => true, onLeft = async () => undefined }: BatchWork,
): Promise<readonly QueueRecord[]> {
  for (const [at, record] of group.entries()) {
    const left = group.slice(at);
    if (!mayBegin()) {
      await onLeft(left);
      return left;
    }
    try {
      await work(record);
    } catch (error) {
      await onLeft(left, error);
      return left;
    }
  }
  return [];
}

/** In the order of their first records. A message of a standard queue is a group by itself. */
function groups(records: readonly QueueRecord[]): readonly (readonly QueueRecord[])[] {
  const byName = new Map<string, QueueRecord[]>();
  for (const record of records) {
    const { MessageGroupId } = record.attributes;
    const name = MessageGroupId === undefined ? `message ${record.messageId}` : `group ${MessageGroupId}`;
    const group = byName.get(name);
    if (group === undefined) byName.set(name, [record]);
    else group.push(record);
  }
  return [...byName.values()];
}
