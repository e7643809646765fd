import { StepRefused } from "backstep";
import { VirtualClock } from "backstep/testing";

/** What a participant does with one call. */
export interface Reply {
  /**
   * `no` is a refusal that it keeps, `soldOut` one that it gives whatever it holds for the key; `silent`
   * gives no answer at all. Default `ok`.
   */
  readonly says?: "ok" | "no" | "soldOut" | "boom" | "silent";
  /** When it answers, milliseconds after the call. Default 0. */
  readonly afterMs?: number;
  /** When the effect lands, milliseconds after the call. Default: of an `ok` at once, else never. */
  readonly landsMs?: number;
}

/** Replies by the name of the call, in turn; the last one stays. Default: `ok` at once. */
export type Replies = Readonly<Record<string, readonly Reply[]>>;

/** One call of a handler, as the participant saw it. */
export interface LedgerCall {
  readonly what: string;
  readonly key: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/**
 * The other side: participants that keep books of their own. They are idempotent by key and keep refusals. A
 * guarded one also bars a key whose undo or probe came before its forward call; an unguarded one forgets it.
 * Their effects land when they land, whatever became of the worker that called.
 */
export class Ledger {
  clock: VirtualClock = new VirtualClock();
  readonly calls: LedgerCall[] = [];
  /** Effects in the order in which they landed. */
  readonly landed: LedgerCall[] = [];
  /** Payments paid back, once per idempotency key. */
  readonly refunds: string[] = [];
  private readonly marks = new Map<string, "held" | "refused" | "released" | "barred">();
  private readonly refundKeys = new Set<string>();
  private readonly turns = new Map<string, number>();

  constructor(
    private readonly replies: Replies = {},
    private readonly guarded = true,
  ) {}

  /** Does something for a key. */
  async forward(what: string, key: string): Promise<string> {
    await this.serve(what, key, () => this.admit(what, key));
    return key;
  }

  /** Takes back what was done for a key. */
  async back(what: string, key: string): Promise<void> {
    await this.serve(`undo ${what}`, key, () => this.release(what, key));
  }

  /** Says whether it was done. */
  async probe(what: string, key: string): Promise<{ done: { ref: string } } | "absent" | "unknown"> {
    const { says = "ok", afterMs = 0 } = this.note(`probe ${what}`, key);
    await this.after(afterMs);
    if (says !== "ok") throw new Error(`${what} cannot be probed`);
    if (this.holds(key)) return { done: { ref: key } };
    if (!this.marks.has(key) && !this.guarded) return "unknown";
    if (!this.marks.has(key)) this.marks.set(key, "barred");
    return "absent";
  }

  /** Pays a payment back. */
  async refund(payment: string, key: string): Promise<void> {
    await this.serve("refund", key, () => {
      if (!this.refundKeys.has(key)) this.refunds.push(payment);
      this.refundKeys.add(key);
    });
  }

  /** Whether the key's effect stands. */
  holds(key: string): boolean {
    return this.marks.get(key) === "held";
  }

  /** The names of the calls so far, in order. */
  get names(): string[] {
    return this.calls.map(({ what }) => what);
  }

  private async serve(what: string, key: string, effect: () => void): Promise<void> {
    const { says = "ok", afterMs = 0, landsMs = says === "ok" ? 0 : undefined } = this.note(what, key);
    const landing = landsMs === undefined ? undefined : this.after(landsMs).then(effect);
    landing?.catch(() => undefined);
    await this.after(afterMs);
    if (says === "silent") await new Promise(() => undefined);
    if (says === "boom") throw new Error(`${what} is down`);
    if (says === "soldOut") throw new StepRefused(`${what}: sold out`);
    if (says === "no") return this.decline(what, key);
    await landing;
  }

  private note(what: string, key: string): Reply {
    this.calls.push({ what, key, at: this.clock.now() });
    const replies = this.replies[what] ?? [];
    const turn = this.turns.get(what) ?? 0;
    this.turns.set(what, turn + 1);
    return replies[Math.min(turn, replies.length - 1)] ?? {};
  }

  private after(ms: number): Promise<void> {
    return ms === 0 ? Promise.resolve() : this.clock.wait(ms);
  }

  private admit(what: string, key: string): void {
    if (this.holds(key)) return;
    if (this.marks.has(key)) throw new StepRefused(`${what}: the key was refused or taken back`);
    this.marks.set(key, "held");
    this.landed.push({ what, key, at: this.clock.now() });
  }

  private decline(what: string, key: string): void {
    if (this.holds(key)) return;
    if (!this.marks.has(key)) this.marks.set(key, "refused");
    throw new StepRefused(`${what} says no`);
  }

  private release(what: string, key: string): void {
    if (this.holds(key)) {
      this.marks.set(key, "released");
      this.landed.push({ what: `undo ${what}`, key, at: this.clock.now() });
    } else if (this.guarded && !this.marks.has(key)) this.marks.set(key, "barred");
  }
}
