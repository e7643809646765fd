import type { Actor } from "../core/journal/entry.js";
import type { HeadSummary, InstanceRef } from "./saga-store.js";

/** Which heads to read, whatever an index says of them. */
export interface HeadsQuery {
  /** Changed at or after, epoch milliseconds. Default all. */
  readonly since?: number;
  /** At most about this many, 1 to 1,000. */
  readonly limit: number;
  /** From the page before. */
  readonly cursor?: string;
}

/** Instances, in no order. */
export interface HeadsPage {
  readonly refs: readonly InstanceRef[];
  /** How much of all of them was read with this page, as a part of 1; absent where nobody knows. */
  readonly part?: number;
  /** Absent on the last page. */
  readonly cursor?: string;
}

/** Some heads of an index. */
export interface FoundHeads {
  readonly heads: readonly HeadSummary[];
  /** What cannot be read, by name. */
  readonly unreadable: readonly string[];
  /** Whether there are more. */
  readonly isCut: boolean;
}

/** Which watch times are looked for. */
export interface DueQuery {
  /** Epoch milliseconds, that time included. */
  readonly from: number;
  /** Epoch milliseconds, that time included. */
  readonly until: number;
  /** Only heads of these statuses. Default all. */
  readonly statuses?: readonly HeadSummary["status"][];
  /** At most this many, 1 to 10,000. */
  readonly limit: number;
}

/** A message that nobody could work, kept for an operator. */
export interface KeptMessage {
  /** Names it for commands; letters, digits and `. _ : @ # / ~ -`. */
  readonly id: string;
  /** It could not be read, or was delivered in vain too often. */
  readonly kind: "unreadable" | "deadLetter";
  /** Since when it is there, epoch milliseconds. */
  readonly at: number;
  /** The lane or queue that it came from. */
  readonly source: string;
  readonly reason: string;
  readonly body: string;
  /** Whose it is, as far as one can tell. */
  readonly instance?: InstanceRef;
  readonly receives: number;
  /** Who has done with it; it is forgotten 30 days later. */
  readonly done?: Done;
}

/** Who has done with something, and how. */
export interface Done {
  readonly how: "dropped" | "requeued";
  readonly actor: Actor;
  readonly reason?: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Which kept messages to list. */
export interface KeptQuery {
  readonly kind?: KeptMessage["kind"];
  /** Of these instances alone, at most 100. */
  readonly instances?: readonly InstanceRef[];
  /** Also those that somebody has done with. Default false. */
  readonly withDone?: boolean;
  /** At most this many, 1 to 1,000. */
  readonly limit: number;
  /** From the page before. */
  readonly cursor?: string;
}

/** One page, the newest first. */
export interface KeptPage {
  readonly messages: readonly KeptMessage[];
  /** What cannot be read, by name. */
  readonly unreadable?: readonly string[];
  /** Absent on the last page. */
  readonly cursor?: string;
}

/** What operators read and write of a store beside its instances. Reads change nothing. */
export interface OperatorStore {
  /** Every instance, read where heads are, not by an index: for audits. */
  instances(query: HeadsQuery): Promise<HeadsPage>;
  /** What the index says of an instance; `undefined`: the index does not have it. */
  indexed(ref: InstanceRef): Promise<HeadSummary | undefined>;
  /** Heads by watch time, the earliest first. */
  due(query: DueQuery): Promise<FoundHeads>;
  /** Heads that are on the move by their own account, and that nobody will look at again. */
  unwatched(limit: number): Promise<FoundHeads>;
  /**
   * The ids of domain events that an instance is known to have published; `undefined` where the backend keeps
   * no record of it.
   */
  published(ref: InstanceRef): Promise<ReadonlySet<string> | undefined>;
  kept(query: KeptQuery): Promise<KeptPage>;
  keptMessage(id: string): Promise<KeptMessage | undefined>;
  /** Notes that somebody has done with a message. @returns false if somebody had, or it is gone */
  finish(id: string, done: Done): Promise<boolean>;
}
