import type { Change, EntryCause } from "../../core/journal/entry.js";
import type { Status } from "../../core/journal/state.js";
import { namedNodes } from "../../core/plan/walk.js";
import type { InstanceEvidence } from "./evidence.js";
import { Keys } from "./keys.js";
import type { Due, Firing, Late, Life, Mark, Open } from "./life.js";

type Of<Kind extends Change["kind"]> = Extract<Change, { kind: Kind }>;

/**
 * What a journal says, read by nobody who writes journals: a fold of its own, which shares no code with
 * `evolve` and `decide`.
 */
export class Trace {
  readonly lives: Life[] = [];
  readonly dues: Due[] = [];
  readonly firings: Firing[] = [];
  readonly late: Late[] = [];
  readonly open = new Map<string, Open>();
  /** Who consumed a domain event, in turn: more than one is wrong. */
  readonly takers = new Map<string, (Mark & { readonly step: string })[]>();
  /** What happened twice, or to something that was not there, in sentences. */
  readonly contradictions: string[] = [];
  ended?: Of<"ended">;
  held?: "paused" | "shed";
  isParked = false;
  deadlineAt: number | undefined;
  #isBackward = false;
  #isPartly = false;
  #isDeadlineParked = false;
  #mark: Mark = { p: 0, n: 0, at: 0 };
  #cause: EntryCause | undefined;
  readonly #keys: Keys;
  readonly #lives = new Map<string, Life>();

  constructor(private readonly instance: InstanceEvidence) {
    const { ref, head, entries } = instance;
    this.#keys = new Keys(ref);
    if (head === undefined) return;
    const { startedAt, deadlineAt, changes } = head.origin;
    this.deadlineAt = deadlineAt;
    this.#read(0, startedAt, changes);
    for (const entry of entries) {
      this.#cause = entry.cause;
      this.#read(entry.n, entry.at, entry.changes);
    }
  }

  /** The steps that no replay has set aside, in the order in which they started. */
  get current(): readonly Life[] {
    return this.lives.filter(({ aside }) => aside === undefined);
  }

  /** What a head must say. */
  get status(): Status {
    const open = [...this.open.values()];
    if (this.held !== undefined) return this.held;
    if (this.isParked || open.some(({ parked }) => parked)) return "parked";
    if (this.ended !== undefined) return this.ended.status;
    if (this.#isBackward) return "compensating";
    return open.length > 0 && open.every(({ phase }) => phase === "wait") ? "waiting" : "running";
  }

  /** Whether it needs nobody, or somebody who was told: it has ended, is parked or held. */
  get isAtRest(): boolean {
    const open = [...this.open.values()];
    if (this.held !== undefined) return true;
    const isBlocked = this.isParked || open.some(({ phase, parked }) => parked && phase !== "late");
    const isLateDone = this.isParked || open.every(({ phase, parked }) => phase !== "late" || parked);
    return isLateDone && (isBlocked || (this.ended !== undefined && !this.open.has("$end")));
  }

  /** Whether it waits for nothing but domain events, for ever if need be. */
  get isIdle(): boolean {
    if (this.ended !== undefined || this.open.size === 0) return false;
    if (this.deadlineAt !== undefined && !this.#isBackward) return false;
    return [...this.open.values()].every(({ phase, dueAt }) => phase === "wait" && dueAt === undefined);
  }

  #read(n: number, at: number, changes: readonly Change[]): void {
    for (const change of changes) {
      this.#mark = { p: this.#mark.p + 1, n, at };
      this.#apply(change);
    }
  }

  #apply(change: Change): void {
    switch (change.kind) {
      case "started":
        return this.#start(change);
      case "retrying":
        return this.#retry(change);
      case "entered":
        return this.#enter(change);
      case "settled":
        return this.#settle(change);
      case "undone":
        return this.#undo(change);
      case "late":
        return this.#takeLate(change);
      case "lateSettled":
        return this.#settleLate(change);
      case "parked":
        return this.#park(change);
      case "again":
        return this.#again(change);
      case "timer": {
        const { dueAt: _, ...open } = this.#openOf(change.key);
        return this.#carryOn(
          change.key,
          { ...open, dueAt: change.dueAt },
          false,
          change.dueAt ?? this.#mark.at,
        );
      }
      default:
        return this.#applyToInstance(change);
    }
  }

  #applyToInstance(change: Change): void {
    switch (change.kind) {
      case "turned":
        if (change.reason.kind === "deadline") this.#fire("deadline", this.deadlineAt);
        this.#isBackward = true;
        this.#isPartly = change.undoTo !== undefined;
        return this.#revive();
      case "held":
        this.held = change.as;
        return;
      case "released":
        delete this.held;
        return;
      case "setAside":
        return this.#setAside(change);
      case "ending":
        this.open.set("$end", { phase: "end", step: "", attempt: 1 });
        return;
      case "ended":
        return this.#end(change);
      default:
        return;
    }
  }

  #start({ step, phase, dueAt }: Of<"started">): void {
    if (this.#lives.has(step)) this.#contradict(`starts "${step}" a second time`);
    if (this.isParked) this.#contradict(`starts "${step}" while all of it is parked`);
    const node = namedNodes(this.instance.plan).get(step);
    const life: Life = { step, node, started: this.#mark, keys: [this.#keys.forward(step)], settled: [] };
    this.lives.push(life);
    this.#lives.set(step, life);
    this.#carryOn(step, { phase, step, attempt: 1, dueAt }, true);
  }

  #retry({ key, dueAt, newKey }: Of<"retrying">): void {
    const open = this.#openOf(key);
    if (newKey) this.#renew(open.step);
    this.#carryOn(key, { ...open, attempt: open.attempt + 1, dueAt }, newKey === true);
  }

  #enter({ step, phase, dueAt }: Of<"entered">): void {
    const life = this.#lifeOf(step);
    if (phase === "undo" && this.isParked) this.#contradict(`undoes "${step}" while all of it is parked`);
    if (phase === "undo" && life !== undefined) {
      if (life.undo !== undefined) this.#contradict(`begins the undo of "${step}" a second time`);
      life.undo = { ...this.#mark, partly: this.#isPartly };
    }
    this.#carryOn(step, { phase, step, attempt: 1, dueAt }, true);
  }

  #settle({ step, as, reason, mail, output }: Of<"settled">): void {
    const life = this.#lifeOf(step);
    const before = life?.undone?.as ?? life?.settled.at(-1)?.as ?? "unknown";
    if (before !== "unknown") this.#contradict(`settles "${step}" as ${as}, which is ${before}`);
    const open = this.open.get(step);
    const isSleep = open?.phase === "wait" && life?.node?.kind === "sleep" && as === "done";
    const isTimer = isSleep && reason !== "resolved";
    if (isTimer || (open?.phase === "wait" && reason === "timed out")) this.#fire(step, open?.dueAt);
    if (life?.undo !== undefined) this.#putOffUndo(life, open);
    life?.settled.push({ ...this.#mark, as, reason, mail, output, cause: this.#cause });
    this.open.delete(step);
    if (mail !== undefined) this.#take(mail, step);
  }

  /** An outcome that comes while the undo still waits for it: the undo begins anew. */
  #putOffUndo(life: Life, open: Open | undefined): void {
    const isWaiting = open?.phase === "undo" && open.attempt === 1 && (open.dueAt ?? 0) > this.#mark.at;
    if (!isWaiting) this.#contradict(`settles "${life.step}", whose undo has begun`);
    delete life.undo;
  }

  #undo({ step, as, reason }: Of<"undone">): void {
    const life = this.#lifeOf(step);
    if (life?.undone !== undefined) this.#contradict(`undoes "${step}" a second time`);
    if (life !== undefined) life.undone = { ...this.#mark, as, reason };
    this.open.delete(step);
    this.#keys.raise(step);
  }

  #takeLate({ key, step, mail }: Of<"late">): void {
    this.late.push({ ...this.#mark, step, mail, key: this.#keys.late(step, mail) });
    this.#take(mail, step);
    this.#carryOn(key, { phase: "late", step, attempt: 1, mail }, true);
  }

  #settleLate({ key, as, reason }: Of<"lateSettled">): void {
    const open = this.open.get(key);
    if (open === undefined) this.#contradict(`settles "${key}", which is not open`);
    const late = this.late.find(({ mail }) => mail === open?.mail);
    if (late !== undefined) late.settled = { as, reason };
    this.open.delete(key);
  }

  #park({ key, reason }: Of<"parked">): void {
    if (reason.code === "deadline") this.#fire("deadline", this.deadlineAt);
    if (key === undefined) {
      this.isParked = true;
      this.#isDeadlineParked = reason.code === "deadline";
      return;
    }
    const open = this.#openOf(key);
    if (reason.code === "waitTimedOut") this.#fire(open.step, open.dueAt);
    this.open.set(key, { ...open, parked: true });
  }

  #again({ key, phase, newKey }: Of<"again">): void {
    if (key === undefined) {
      this.isParked = false;
      if (this.#isDeadlineParked) this.deadlineAt = undefined;
      return;
    }
    const { parked: _, dueAt: __, ...open } = this.#openOf(key);
    if (newKey) this.#renew(open.step);
    const next = phase ?? open.phase;
    const attempt = next === open.phase ? open.attempt + 1 : 1;
    this.#carryOn(key, { ...open, phase: next, attempt }, true);
  }

  #setAside({ steps, newKeys }: Of<"setAside">): void {
    for (const step of steps) {
      const life = this.#lives.get(step);
      if (life !== undefined) life.aside = this.#mark;
      this.#lives.delete(step);
      this.open.delete(step);
    }
    for (const step of newKeys) this.#keys.raise(step);
    this.#isBackward = false;
    this.deadlineAt = undefined;
    delete this.held;
    this.isParked = false;
    this.#revive();
  }

  /** An instance that had ended goes on. */
  #revive(): void {
    delete this.ended;
    this.open.delete("$end");
  }

  #end(change: Of<"ended">): void {
    if (this.ended !== undefined) this.#contradict("ends a second time");
    this.ended = change;
    this.isParked = false;
    delete this.held;
    for (const [key, { phase }] of this.open) if (phase !== "late") this.open.delete(key);
  }

  #carryOn(key: string, open: Open, granted: boolean, dueAt: number | undefined = open.dueAt): void {
    this.open.set(key, open);
    const { phase, step, attempt } = open;
    if (phase === "wait" || phase === "end") return;
    this.dues.push({ ...this.#mark, step, phase, key: this.#keys.of(open), attempt, dueAt, granted });
  }

  #renew(step: string): void {
    this.#keys.raise(step);
    this.#lives.get(step)?.keys.push(this.#keys.forward(step));
  }

  #fire(timer: string, dueAt: number | undefined): void {
    this.firings.push({ ...this.#mark, timer, dueAt });
  }

  #take(mail: string, step: string): void {
    this.takers.set(mail, [...(this.takers.get(mail) ?? []), { ...this.#mark, step }]);
  }

  #lifeOf(step: string): Life | undefined {
    const life = this.#lives.get(step);
    if (life === undefined) this.#contradict(`speaks of "${step}", which has not started`);
    return life;
  }

  #openOf(key: string): Open {
    const open = this.open.get(key);
    if (open === undefined) this.#contradict(`speaks of "${key}", which is not open`);
    return open ?? { phase: "run", step: key, attempt: 0 };
  }

  #contradict(what: string): void {
    this.contradictions.push(`Entry ${this.#mark.n} ${what}.`);
  }
}
