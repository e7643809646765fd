import type { FaultDice } from "./wire-faults.js";

/** A message in the answer to a receive. */
export interface WireMessage {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly Attributes?: Readonly<Record<string, string>>;
}

interface ReceiveRequest {
  readonly QueueUrl?: string;
  readonly MaxNumberOfMessages?: number;
}

interface ReceiveAnswer {
  readonly Messages?: readonly WireMessage[];
}

/** What happens to messages on their way from SQS to who receives them. */
export class WireDeliveries {
  readonly #dice: FaultDice;
  /** By queue, what will be handed out once more. */
  readonly #again = new Map<string, WireMessage[]>();

  constructor(dice: FaultDice) {
    this.#dice = dice;
  }

  /** The answer to a receive, with earlier messages once more, and with its groups in another order. */
  deliver(request: ReceiveRequest, answer: ReceiveAnswer): ReceiveAnswer {
    const { QueueUrl: queue = "", MaxNumberOfMessages: most = 1 } = request;
    const fresh = answer.Messages ?? [];
    const again = this.#again.get(queue) ?? [];
    this.#again.set(queue, again);
    const repeated = again.splice(0, Math.max(0, most - fresh.length));
    again.push(...fresh.filter(() => this.#dice.strikes("duplicate")).map(onceMore));
    const messages = [...repeated, ...fresh];
    const groups = groupsOf(messages, queue);
    if (groups.length > 1 && this.#dice.strikes("reorder"))
      return { ...answer, Messages: this.#merge(groups) };
    return messages.length === 0 ? answer : { ...answer, Messages: messages };
  }

  /** One order of several: within a group it stays. */
  #merge(groups: readonly (readonly WireMessage[])[]): readonly WireMessage[] {
    const left = groups.map((group) => [...group]);
    const merged: WireMessage[] = [];
    while (left.length > 0) {
      const at = this.#dice.pick(left.length);
      const group = left[at] ?? [];
      merged.push(...group.splice(0, 1));
      if (group.length === 0) left.splice(at, 1);
    }
    return merged;
  }
}

function onceMore(message: WireMessage): WireMessage {
  const { ApproximateReceiveCount: count } = message.Attributes ?? {};
  if (count === undefined) return message;
  return {
    ...message,
    Attributes: { ...message.Attributes, ApproximateReceiveCount: String(Number(count) + 1) },
  };
}

/** A standard queue knows no order; of a FIFO queue whose groups were not asked for, all is one group. */
function groupsOf(messages: readonly WireMessage[], queue: string): readonly (readonly WireMessage[])[] {
  if (!queue.endsWith(".fifo")) return messages.map((message) => [message]);
  const groups = new Map<string, WireMessage[]>();
  for (const message of messages) {
    const name = message.Attributes?.MessageGroupId ?? "";
    groups.set(name, [...(groups.get(name) ?? []), message]);
  }
  return [...groups.values()];
}
