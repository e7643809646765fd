import { createHash } from "node:crypto";
import { createSqsClient } from "../../../../src/aws/clients/create-sqs-client.js";
import { SqsSender } from "../../../../src/aws/queues/sqs-sender.js";
import { ScriptedAws, type WireAnswer, type WireCall } from "../scripted-aws.js";

/** A sender, and the wire that it talks to. */
export function scriptedSender(answer: (call: WireCall) => WireAnswer | Promise<WireAnswer> = takesAll) {
  const aws = new ScriptedAws(answer);
  return { aws, sender: new SqsSender(createSqsClient(aws.config)) };
}

/** What SQS says when it has taken a batch, but for the entries at these places. */
export function takesAll(
  { input }: WireCall,
  ...failed: readonly { at: number; code: string }[]
): WireAnswer {
  const entries = input.Entries as readonly { Id: string; MessageBody: string }[];
  const isTaken = (at: number): boolean => failed.every((failure) => failure.at !== at);
  return {
    Successful: entries
      .filter((_, at) => isTaken(at))
      .map(({ Id, MessageBody }) => ({
        Id,
        MessageId: `m-${Id}`,
        MD5OfMessageBody: createHash("md5").update(MessageBody).digest("hex"),
      })),
    Failed: failed.map(({ at, code }) => ({
      Id: entries[at]?.Id,
      Code: code,
      Message: `${code}!`,
      SenderFault: true,
    })),
  };
}
