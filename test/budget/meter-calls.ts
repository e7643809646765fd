import type { EventBridgeClient, PutEventsCommandInput } from "@aws-sdk/client-eventbridge";
import type { S3Client } from "@aws-sdk/client-s3";
import type { SendMessageBatchCommandInput, SendMessageCommandInput, SQSClient } from "@aws-sdk/client-sqs";
import { type CountedClient, observeCalls } from "./observe-calls.js";

/** Counts by what is counted, since the last `reset`. */
export interface CallMeter<Counted extends string = string> {
  readonly counts: Readonly<Record<Counted, number>>;
  reset(): void;
}

type SqsCounted =
  | "calls"
  | "requests" // what is billed: a call counts once for each started 64 KB that it carries
  | "sends" // calls that send, single or batched
  | "sent" // messages
  | "receives"
  | "received"
  | "deletes"
  | "deleted"
  | "visibilityChanges";

const billedBytes = 65_536;

/** Counts what a client asks of SQS. */
export function meterSqs(client: SQSClient): CallMeter<SqsCounted> {
  const meter = new Counts<SqsCounted>([
    ...(["calls", "requests", "sends", "sent", "receives", "received"] as const),
    ...(["deletes", "deleted", "visibilityChanges"] as const),
  ]);
  observeCalls(client, async (operation, input: SqsInput, call) => {
    const output = (await call()) as { Messages?: readonly { Body?: string }[] } | undefined;
    const entries = input.Entries?.length ?? 1;
    const bodies = (input.Entries ?? [input]).map((entry) => entry.MessageBody);
    const received = (output?.Messages ?? []).map(({ Body }) => Body);
    meter.add("calls");
    meter.add("requests", requestsOf([...bodies, ...received]));
    if (operation.startsWith("SendMessage")) meter.add("sends").add("sent", entries);
    if (operation === "ReceiveMessage") meter.add("receives").add("received", received.length);
    if (operation.startsWith("DeleteMessage")) meter.add("deletes").add("deleted", entries);
    if (operation.startsWith("ChangeMessageVisibility")) meter.add("visibilityChanges", entries);
    return output;
  });
  return meter;
}

type SqsInput = Partial<SendMessageCommandInput> & Partial<Pick<SendMessageBatchCommandInput, "Entries">>;

/** Counts the events that a client puts on buses, and what is billed: one a started 64 KB of each. */
export function meterEvents(client: EventBridgeClient): CallMeter<"calls" | "events" | "billed"> {
  const meter = new Counts<"calls" | "events" | "billed">(["calls", "events", "billed"]);
  observeCalls(client, async (_, { Entries = [] }: PutEventsCommandInput, call) => {
    const output = await call();
    meter.add("calls").add("events", Entries.length);
    for (const { Detail } of Entries) meter.add("billed", requestsOf([Detail]));
    return output;
  });
  return meter;
}

/** Counts a client's puts and gets of objects. */
export function meterS3(client: S3Client): CallMeter<"puts" | "gets" | "others"> {
  const meter = new Counts<"puts" | "gets" | "others">(["puts", "gets", "others"]);
  const kinds: Readonly<Record<string, "puts" | "gets">> = { PutObject: "puts", GetObject: "gets" };
  observeCalls(client as CountedClient, async (operation, _, call) => {
    const output = await call();
    meter.add(kinds[operation] ?? "others");
    return output;
  });
  return meter;
}

function requestsOf(texts: readonly (string | undefined)[]): number {
  const bytes = texts.reduce((total, text) => total + Buffer.byteLength(text ?? ""), 0);
  return Math.max(1, Math.ceil(bytes / billedBytes));
}

class Counts<Counted extends string> implements CallMeter<Counted> {
  readonly counts: Record<Counted, number>;

  constructor(names: readonly Counted[]) {
    this.counts = Object.fromEntries(names.map((name) => [name, 0])) as Record<Counted, number>;
  }

  add(name: Counted, count = 1): this {
    this.counts[name] += count;
    return this;
  }

  reset(): void {
    for (const name of Object.keys(this.counts)) this.counts[name as Counted] = 0;
  }
}
