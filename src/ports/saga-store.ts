import type { JournalEntry, Mail, Origin } from "../core/journal/entry.js";
import type { Status } from "../core/journal/state.js";

/** Names an instance. */
export interface InstanceRef {
  readonly saga: string;
  readonly id: string;
}

/**
 * One life of an instance: what is kept of it is dropped some time after its end, and its id is new again.
 * Writes name the life, so that none ever meets the rows of another.
 */
export interface InstanceLife extends InstanceRef {
  readonly startedAt: number;
  readonly deadlineAt?: number;
}

/** The mutable part of a head: a projection of the journal, written at start, yield and end. */
export interface HeadProjection {
  readonly status: Status;
  /** In a phrase, for lists; absent where the status says it all. */
  readonly reason?: string;
  /** The step it stands at; absent before the first and after the last. */
  readonly step?: string;
  /** The last entry that this projection knows. */
  readonly n: number;
  /** All effects of entries up to this one are known to be sent. */
  readonly settled: number;
  /** When someone must look, epoch milliseconds; absent: no one need. */
  readonly watchAt?: number;
  /**
   * The wake of what is due is on its way: `watchAt` is only there to heal its loss. Never set where the
   * timer queue's horizon is 0.
   */
  readonly heals?: true;
  readonly updatedAt: number;
}

/** An instance's head. */
export interface Head extends HeadProjection {
  readonly origin: Origin;
  /** 1 at the start, raised by one by every write; every write is conditional on it. */
  readonly rev: number;
}

/** A head as indexes keep it: without what the instance was started with. */
export interface HeadSummary extends HeadProjection {
  readonly origin: Omit<Origin, "input" | "changes">;
  readonly rev: number;
}

/** One consistent reading of an instance. */
export interface LoadedInstance {
  readonly head: Head;
  /** Entries 1, 2, 3 … in order; a gap is the caller's to find. */
  readonly entries: readonly JournalEntry[];
  /** Every accepted domain event, consumed or not, by time of receipt and then id. */
  readonly mail: readonly Mail[];
}

/** Which instances to list. All conditions hold together. */
export interface ListQuery {
  readonly saga?: string;
  readonly status?: Status;
  /** Started at or after, epoch milliseconds. */
  readonly since?: number;
  /** Started before, epoch milliseconds. */
  readonly until?: number;
  /** The step at which it stands. */
  readonly step?: string;
  /** A part of its reason, in whatever case. */
  readonly error?: string;
  /** Every one of these tags: with this value, or with any where it is `null`. */
  readonly tags?: Readonly<Record<string, string | null>>;
  /** At most this many, 1 to 1,000. */
  readonly limit: number;
  /** From the answer before. */
  readonly cursor?: string;
}

/**
 * One page of heads, the newest first: by their start, or where a store's indexes know none, those that go on
 * by their watch time, then those that stand still and those that have ended by their last change.
 */
export interface ListPage {
  readonly heads: readonly HeadSummary[];
  /** What cannot be read, by name: somebody has edited it. Absent: everything can. */
  readonly unreadable?: readonly string[];
  /** Absent on the last page. */
  readonly cursor?: string;
}

/**
 * Where instances live. Every write is conditional and says whether it took place: correctness comes from
 * these conditions alone. A method that rejects may or may not have written.
 */
export interface SagaStore {
  /**
   * Whether `appendWatched` costs what `append` does: the entry after which an instance rests then takes its
   * head along. Default false.
   */
  readonly writesHeadAlong?: boolean;

  /** Writes the head if there is none of this instance. `head` is the one that stands. */
  create(head: Omit<Head, "rev">): Promise<{ readonly created: boolean; readonly head: Head }>;

  /** Reads an instance strongly; `undefined` if it was never started (its mail may exist). */
  load(ref: InstanceRef): Promise<LoadedInstance | undefined>;

  /** Reads the head strongly. */
  head(ref: InstanceRef): Promise<Head | undefined>;

  /** Reads the mailbox strongly, also of an instance that was never started. */
  mail(ref: InstanceRef): Promise<readonly Mail[]>;

  /**
   * Writes entry `n` of an instance that has a head, if there is none: `"lost"` if another writer's stands
   * there. An entry of the same nonce is one's own, written before its answer was lost: `"appended"`.
   */
  append(life: InstanceLife, entry: JournalEntry): Promise<"appended" | "lost">;

  /**
   * As `append`, together with `updateHead`, in one transaction: `"lost"` if either condition fails, and then
   * neither is written; but one's own entry, by its nonce, is `"appended"`. For entries of instances that
   * nobody need look at: whoever dies after it leaves an instance that is watched.
   */
  appendWatched(
    life: InstanceLife,
    entry: JournalEntry,
    rev: number,
    projection: HeadProjection,
  ): Promise<"appended" | "lost">;

  /** Replaces the projection if `rev` is still this one, and raises it by one. */
  updateHead(life: InstanceLife, rev: number, projection: HeadProjection): Promise<"updated" | "lost">;

  /**
   * Keeps a domain event. `"duplicate"` if its id is there with the same payload, `"conflict"` with another.
   */
  putMail(ref: InstanceRef, mail: Mail): Promise<"accepted" | "duplicate" | "conflict">;

  /** Lists heads; may lag behind the journal of an instance that is being worked. */
  list(query: ListQuery): Promise<ListPage>;
}
