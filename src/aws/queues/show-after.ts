import { ChangeMessageVisibilityBatchCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { failedCall } from "../failed-call.js";

/**
 * Lets messages in flight be delivered again after so many seconds. Where it cannot, they come after their
 * visibility timeout: an answer about single messages is not looked at.
 * @param receiptHandles at most 10
 * @throws SagaError AWS_DENIED, QUEUE_UNKNOWN
 */
export async function showAfter(
  sqs: SQSClient,
  queueUrl: string,
  receiptHandles: readonly string[],
  seconds: number,
): Promise<void> {
  const Entries = receiptHandles.map((ReceiptHandle, at) => {
    return { Id: String(at), ReceiptHandle, VisibilityTimeout: seconds };
  });
  try {
    await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries }));
  } catch (error) {
    throw failedCall(error, "sqs:ChangeMessageVisibility", `queue "${queueUrl}"`);
  }
}
