/** A message as a queue's event source mapping hands it to a function. */
export interface QueueRecord {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: {
    readonly ApproximateReceiveCount: string;
    /** Epoch milliseconds. */
    readonly SentTimestamp: string;
    /** Absent on a standard queue. */
    readonly MessageGroupId?: string | undefined;
    /** Of a dead letter: the queue that gave it up. */
    readonly DeadLetterQueueSourceArn?: string | undefined;
  };
  readonly eventSourceARN: string;
}

/** What a queue hands to a function: 10 records at most from a FIFO queue. */
export interface QueueEvent {
  readonly Records: readonly QueueRecord[];
}

/** Which records the queue keeps; all others are deleted. */
export interface BatchResponse {
  readonly batchItemFailures: { readonly itemIdentifier: string }[];
}

/** What handlers read of Lambda's context. */
export interface InvocationContext {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

/** A function behind a queue. Its mapping must have `ReportBatchItemFailures`. */
export type QueueHandler = (event: QueueEvent, context: InvocationContext) => Promise<BatchResponse>;
