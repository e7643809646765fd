import type { Change, JournalEntry, LoadedInstance } from "backstep";
import type { Violation } from "./evidence.js";

/** What a journal says of one step. Entry numbers: 0 is the start. */
export interface StepTrace {
  readonly step: string;
  readonly settled?: {
    readonly as: "done" | "refused" | "unknown";
    readonly n: number;
    readonly mail?: string;
  };
  /** The entry with which its way back began. */
  readonly undoBegan?: number;
  readonly undone?: { readonly as: "compensated" | "waived"; readonly n: number };
  /** Calls of `run` that the journal admits. */
  readonly attempts: number;
  /** Calls of `compensate` that the journal admits. */
  readonly undoAttempts: number;
  /** Of a wait that a timer ended: when it was due. */
  readonly timedOutDue?: number;
}

/** What a journal says, read from its entries alone. */
export interface Trace {
  readonly id: string;
  /** Steps in the order in which they started. */
  readonly steps: readonly StepTrace[];
  readonly ended?: { readonly status: string; readonly n: number };
  /** What waits for an operator: step names or late keys; `$instance` for the instance as a whole. */
  readonly parked: ReadonlySet<string>;
  /** Late events by id, and whether they are dealt with. */
  readonly late: ReadonlyMap<string, "open" | "done" | "waived">;
  /** Where entries contradict each other or the clock (G1, G6). */
  readonly violations: readonly Violation[];
}

/** Reads a journal without the engine's own fold: a checker must not share the mistakes of what it checks. */
export function traceOf(instance: LoadedInstance): Trace {
  const reader = new JournalReader(instance.head.origin.id);
  reader.readChanges(instance.head.origin.changes, 0, undefined);
  for (const [at, entry] of instance.entries.entries()) {
    if (entry.n !== at + 1) reader.report("G1", `entry ${entry.n} stands where ${at + 1} belongs`);
    reader.readChanges(entry.changes, entry.n, entry);
  }
  return reader.trace();
}

type Open = { -readonly [Name in keyof StepTrace]: StepTrace[Name] };

class JournalReader {
  readonly #steps = new Map<string, Open>();
  readonly #parked = new Set<string>();
  readonly #late = new Map<string, "open" | "done" | "waived">();
  readonly #lateKeys = new Map<string, string>();
  readonly #consumed = new Set<string>();
  readonly #notBefore = new Map<string, number>();
  readonly #violations: Violation[] = [];
  #ended: { status: string; n: number } | undefined;

  constructor(readonly id: string) {}

  report(rule: Violation["rule"], text: string): void {
    this.#violations.push({ rule, order: this.id, text });
  }

  readChanges(changes: readonly Change[], n: number, entry: JournalEntry | undefined): void {
    if (entry !== undefined) this.#checkClock(entry);
    for (const change of changes) this.#read(change, n, entry);
  }

  trace(): Trace {
    return {
      id: this.id,
      steps: [...this.#steps.values()],
      ...(this.#ended === undefined ? {} : { ended: this.#ended }),
      parked: this.#parked,
      late: this.#late,
      violations: this.#violations,
    };
  }

  /** An answer to a call that was not due yet means that a timer fired early. */
  #checkClock(entry: JournalEntry): void {
    const { kind, key } = entry.cause;
    if (kind !== "outcome" || key === undefined) return;
    const dueAt = this.#notBefore.get(key);
    if (dueAt !== undefined && entry.at < dueAt) {
      this.report("G6", `"${key}" was called ${dueAt - entry.at} ms before it was due (entry ${entry.n})`);
    }
  }

  #read(change: Change, n: number, entry: JournalEntry | undefined): void {
    const isLate = change.kind === "late" || change.kind === "lateSettled" || isAboutLate(change);
    if (this.#ended !== undefined && !isLate) {
      this.report("G1", `entry ${n} has "${change.kind}" after the end in entry ${this.#ended.n}`);
    }
    switch (change.kind) {
      case "started":
        this.#start(change, n);
        break;
      case "retrying":
        this.#retry(change);
        break;
      case "entered":
        this.#enter(change, n);
        break;
      case "settled":
        this.#settle(change, n, entry);
        break;
      case "undone":
        this.#undo(change, n);
        break;
      case "late":
        this.#begunLate(change, n);
        break;
      case "lateSettled":
        this.#settleLate(change, n);
        break;
      case "parked":
        this.#parked.add(change.key ?? "$instance");
        break;
      case "again":
        this.#parked.delete(change.key ?? "$instance");
        break;
      case "ended":
        this.#ended = { status: change.status, n };
        return;
      default:
        break;
    }
  }

  #start(change: Extract<Change, { kind: "started" }>, n: number): void {
    const { step, phase, dueAt } = change;
    if (this.#steps.has(step)) this.report("G1", `"${step}" starts a second time in entry ${n}`);
    this.#steps.set(step, { step, attempts: phase === "run" ? 1 : 0, undoAttempts: 0 });
    this.#setDue(step, dueAt);
  }

  #retry({ key, dueAt }: Extract<Change, { kind: "retrying" }>): void {
    this.#setDue(key, dueAt);
    const known = this.#steps.get(key);
    if (known === undefined) return;
    if (known.undoBegan === undefined) known.attempts += 1;
    else known.undoAttempts += 1;
  }

  #enter({ step, phase, dueAt }: Extract<Change, { kind: "entered" }>, n: number): void {
    this.#setDue(step, dueAt);
    const known = this.#known(step, n);
    if (phase !== "undo") return;
    known.undoBegan = n;
    known.undoAttempts += 1;
  }

  #settle(change: Extract<Change, { kind: "settled" }>, n: number, entry: JournalEntry | undefined): void {
    const { step, as, mail } = change;
    const known = this.#known(step, n);
    if (known.settled !== undefined && known.settled.as !== "unknown") {
      this.report("G1", `"${step}" is settled in entry ${known.settled.n} and again in entry ${n}`);
    }
    known.settled = { as, n, ...(mail === undefined ? {} : { mail }) };
    this.#parked.delete(step);
    if (mail !== undefined) this.#consume(mail, n);
    const dueAt = this.#notBefore.get(step);
    if (entry?.cause.kind === "timer" && dueAt !== undefined) {
      known.timedOutDue = dueAt;
      if (entry.at < dueAt)
        this.report("G6", `"${step}" timed out ${dueAt - entry.at} ms early (entry ${n})`);
    }
  }

  #undo({ step, as }: Extract<Change, { kind: "undone" }>, n: number): void {
    const known = this.#known(step, n);
    if (known.undone !== undefined) this.report("G1", `"${step}" is undone a second time in entry ${n}`);
    if (known.settled === undefined)
      this.report("G1", `"${step}" is undone in entry ${n} and was never settled`);
    known.undone = { as, n };
    this.#parked.delete(step);
  }

  #begunLate({ key, mail }: Extract<Change, { kind: "late" }>, n: number): void {
    this.#consume(mail, n);
    this.#late.set(mail, "open");
    this.#lateKeys.set(key, mail);
  }

  #settleLate({ key, as }: Extract<Change, { kind: "lateSettled" }>, n: number): void {
    if (key === "$end") return;
    const mail = this.#lateKeys.get(key);
    if (mail === undefined || this.#late.get(mail) !== "open") {
      this.report("G1", `"${key}" is dealt with in entry ${n} and was not open`);
    } else {
      this.#late.set(mail, as);
      this.#parked.delete(key);
    }
  }

  #consume(mail: string, n: number): void {
    if (this.#consumed.has(mail))
      this.report("G1", `the event "${mail}" is consumed a second time in entry ${n}`);
    this.#consumed.add(mail);
  }

  #setDue(key: string, dueAt: number | undefined): void {
    if (dueAt === undefined) this.#notBefore.delete(key);
    else this.#notBefore.set(key, dueAt);
  }

  #known(step: string, n: number): Open {
    const known = this.#steps.get(step);
    if (known !== undefined) return known;
    this.report("G1", `entry ${n} speaks of "${step}", which has not started`);
    const made: Open = { step, attempts: 0, undoAttempts: 0 };
    this.#steps.set(step, made);
    return made;
  }
}

function isAboutLate(change: Change): boolean {
  const isKeyed = change.kind === "retrying" || change.kind === "parked" || change.kind === "again";
  return isKeyed && change.key?.includes(".late[") === true;
}
