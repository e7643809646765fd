import type { Clock } from "../ports/clock.js";

/** How a lane hands out what it holds. */
export interface LaneOptions<Item> {
  readonly clock: Clock;
  /** Deliveries that are worked at the same time. */
  readonly concurrency: number;
  /**
   * How long an item stays hidden, and its group blocked, after a delivery that nobody acknowledges;
   * milliseconds.
   */
  readonly visibilityMs: number;
  /** Deliveries of one item in all. */
  readonly receivesMax: number;
  /** Resolving acknowledges. */
  readonly work: (item: Item, receives: number) => Promise<void>;
  /** Is told of each delivery that was rejected. */
  readonly onFailure: (error: unknown, item: Item, receives: number) => void;
  /** Is handed what was delivered `receivesMax` times in vain, with the last rejection, if there was one. */
  readonly onExhausted: (item: Item, group: string, receives: number, error: unknown) => void;
}

interface Message<Item> {
  readonly group: string;
  readonly item: Item;
  receives: number;
  /** The delivery that may still acknowledge it; one that outlived its visibility timeout may not. */
  receipt: symbol | undefined;
  error: unknown;
}

/**
 * One FIFO queue and its workers, as SQS does it: the first item of a group is in flight alone, and blocks
 * its group until it is acknowledged or its visibility timeout is over. Groups take turns.
 */
export class MemoryLane<Item> {
  readonly #options: LaneOptions<Item>;
  readonly #groups = new Map<string, Message<Item>[]>();
  /** Groups whose first item can be handed out, the longest ready first. */
  #ready: string[] = [];
  #busy = 0;
  #handOutIsDue = false;

  constructor(options: LaneOptions<Item>) {
    this.#options = options;
  }

  /** What it holds, waiting and in flight, by group in the order of arrival. */
  get items(): readonly Item[] {
    return [...this.#groups.values()].flat().map(({ item }) => item);
  }

  /** Whether it holds anything of a group. */
  holds(isMeant: (group: string) => boolean): boolean {
    return [...this.#groups.keys()].some(isMeant);
  }

  /** What it holds, by group, with how often each was delivered. */
  snapshot(): readonly { readonly group: string; readonly item: Item; readonly receives: number }[] {
    return [...this.#groups.values()].flat().map(({ group, item, receives }) => ({ group, item, receives }));
  }

  /** Puts an item at the end of its group. */
  add(group: string, item: Item): void {
    const message: Message<Item> = { group, item, receives: 0, receipt: undefined, error: undefined };
    const others = this.#groups.get(group);
    if (others !== undefined) {
      others.push(message);
      return;
    }
    this.#groups.set(group, [message]);
    this.#makeReady(group);
  }

  /**
   * Deletes every item. Whoever works one of them finds nothing to acknowledge.
   * @returns how many
   */
  purge(): number {
    const purged = [...this.#groups.values()].flat();
    for (const message of purged) message.receipt = undefined;
    this.#groups.clear();
    this.#ready = [];
    return purged.length;
  }

  #makeReady(group: string): void {
    this.#ready.push(group);
    this.#handOutSoon();
  }

  /** Never within the sender's call: a delivery is an event of its own on the clock. */
  #handOutSoon(): void {
    if (this.#handOutIsDue || this.#ready.length === 0) return;
    this.#handOutIsDue = true;
    this.#options.clock.after(0, () => {
      this.#handOutIsDue = false;
      this.#handOut();
    });
  }

  #handOut(): void {
    while (this.#busy < this.#options.concurrency) {
      const group = this.#ready.shift();
      if (group === undefined) return;
      const message = this.#groups.get(group)?.[0];
      if (message !== undefined) void this.#deliver(message);
    }
  }

  async #deliver(message: Message<Item>): Promise<void> {
    const { clock, visibilityMs, work, onFailure } = this.#options;
    const receipt = Symbol("receipt");
    const receives = message.receives + 1;
    Object.assign(message, { receipt, receives, error: undefined });
    const release = this.#occupy();
    const forgetVisibility = clock.after(visibilityMs, () => {
      release();
      if (message.receipt === receipt) this.#reappear(message);
    });
    try {
      await work(message.item, receives);
      forgetVisibility();
      if (message.receipt === receipt) this.#remove(message);
    } catch (error) {
      if (message.receipt === receipt) message.error = error;
      onFailure(error, message.item, receives);
    }
    release();
  }

  /** Takes one of the lane's workers; the returned function gives it back, once. */
  #occupy(): () => void {
    this.#busy += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#busy -= 1;
      this.#handOutSoon();
    };
  }

  #reappear(message: Message<Item>): void {
    message.receipt = undefined;
    if (message.receives < this.#options.receivesMax) {
      this.#makeReady(message.group);
      return;
    }
    this.#remove(message);
    this.#options.onExhausted(message.item, message.group, message.receives, message.error);
  }

  /** Takes the first message out of its group and lets the next one go. */
  #remove({ group }: Message<Item>): void {
    const others = this.#groups.get(group)?.slice(1) ?? [];
    if (others.length === 0) {
      this.#groups.delete(group);
      return;
    }
    this.#groups.set(group, others);
    this.#makeReady(group);
  }
}
