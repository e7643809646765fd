import type { RecentHeads, RecentQuery } from "../../aws/store/recent-heads.js";
import { isSagaError } from "../../errors/saga-error.js";
import type { Clock } from "../../ports/clock.js";
import type { HeadSummary, InstanceRef } from "../../ports/saga-store.js";
import type { SagaClient } from "../../runtime/client.js";
import { isUnreadable } from "../../runtime/load.js";
import { type GrownInstance, ToldEntries } from "../../runtime/told-entries.js";
import type { Tail, TailOptions } from "../backend.js";

/** What a tail of a stage reads with. */
export interface StageTailOptions extends TailOptions {
  readonly get: SagaClient["get"];
  readonly recent: (query: RecentQuery) => Promise<RecentHeads>;
  readonly clock: Pick<Clock, "now">;
  /** Takes what goes unseen, in a sentence; each once. */
  readonly tell: (text: string) => void;
}

/** At most so many heads of each kind a look. */
const headsMax = 5_000;
/** A head costs this much of a pause: 1,000 a second are read, 40 read units. */
const headMs = 1;
/** At most so many instances are read at once; the others follow without a pause. */
const readsMax = 100;
/** How late the index may be, and how far this machine's clock may be ahead, milliseconds. */
const lagMs = 120_000;

const pauseMsMin = 100;
const pauseMsMax = 1_000;
const pauseFactor = 1.5;

/** What is read next: an instance, and the entry that its head knows. */
interface Owed {
  readonly ref: InstanceRef;
  readonly n?: number;
}

/**
 * Follows a deployed stage. Named instances are read at every look, one query each. Without names the index
 * is read, and those instances whose head has changed: that is when they start, rest and end.
 */
export class StageTail implements Tail {
  readonly #options: StageTailOptions;
  readonly #told: ToldEntries<string>;
  readonly #noticed = new Set<string>();
  #owed: Owed[] = [];
  /** From when on what stands still or has ended is read at the next look. */
  #from: number;
  /** Whether what is read is what was there before. */
  #isPast: boolean;
  #heads = 0;
  #pauseMs = pauseMsMin;

  constructor(options: StageTailOptions) {
    const { clock, since } = options;
    this.#options = options;
    this.#isPast = since === undefined;
    this.#from = since ?? clock.now() - lagMs;
    this.#told = new ToldEntries(clock, this.#from);
  }

  async read(): Promise<readonly GrownInstance[]> {
    const { refs } = this.#options;
    if (this.#owed.length === 0) this.#owed = refs?.map((ref) => ({ ref })) ?? (await this.#changed());
    const owed = this.#owed.splice(0, readsMax);
    const read = await Promise.all(owed.map((one) => this.#grown(one)));
    const grown = read.filter((one) => one !== undefined);
    const isNew = grown.length > 0;
    this.#pauseMs = isNew ? pauseMsMin : Math.min(this.#pauseMs * pauseFactor, pauseMsMax);
    if (!this.#isPast) return grown;
    this.#isPast = this.#owed.length > 0;
    return [];
  }

  pauseMs(): number {
    return this.#owed.length > 0 ? 0 : Math.max(this.#pauseMs, this.#heads * headMs);
  }

  close(): void {}

  /** The instances whose heads tell something new, by the index. */
  async #changed(): Promise<Owed[]> {
    const now = this.#options.clock.now();
    const { heads, unreadable, isCut } = await this.#options.recent({ since: this.#from, limit: headsMax });
    this.#from = now - lagMs;
    this.#heads = heads.length;
    for (const name of unreadable) this.#notice(`${name} cannot be read: somebody has edited its head.`);
    if (isCut) this.#notice(`More than ${headsMax} are open or have just ended: follow some by name.`);
    if (!this.#isPast) return heads.filter((head) => this.#isNew(head)).map(owedOf);
    for (const { origin, n } of heads) this.#told.remember(nameOf(origin), n);
    return [];
  }

  #isNew({ origin, n, updatedAt }: HeadSummary): boolean {
    const last = this.#told.last(nameOf(origin));
    return last === undefined ? updatedAt >= this.#told.newFrom : n > last;
  }

  async #grown({ ref, n }: Owed): Promise<GrownInstance | undefined> {
    const name = nameOf(ref);
    try {
      const { head, entries } = await this.#options.get(ref);
      return this.#told.grown(name, head.origin, entries);
    } catch (error) {
      if (isSagaError(error, "INSTANCE_UNKNOWN")) return undefined;
      if (n === undefined || !isUnreadable(error)) throw error;
      this.#told.remember(name, n);
      this.#notice(`${name} is not followed: ${error.problem}`);
      return undefined;
    }
  }

  #notice(text: string): void {
    if (this.#noticed.has(text)) return;
    this.#noticed.add(text);
    this.#options.tell(text);
  }
}

const nameOf = ({ saga, id }: InstanceRef) => `${saga}/${id}`;
const owedOf = ({ origin: { saga, id }, n }: HeadSummary): Owed => ({ ref: { saga, id }, n });
