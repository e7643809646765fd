import { standsStill } from "../../core/decide/agenda.js";
import type { Change } from "../../core/journal/entry.js";
import type { InstanceState } from "../../core/journal/state.js";
import type { SagaPlan } from "../../core/plan/plan.js";
import { openWaits } from "../../core/plan/walk.js";
import type { Registry } from "../../runtime/registry.js";
import { healMsDefault } from "../../runtime/settings.js";
import type { Stall } from "../checks/evidence.js";
import type { StoredInstance } from "../memory-saga-store.js";
import { type HostileWorld, skewMs, sweepMs } from "./hostile-world.js";

/** The watchdog has come by twice for sure. */
const twoSweepsMs = 2 * sweepMs + 1;

/** The longest pause between two wakes of what stays late. */
const resendPauseMsMax = 60 * sweepMs;

/** Something that an instance needs now. */
interface Need {
  readonly what: string;
  readonly isCall: boolean;
  /** When it became known that it would be needed: what was lost later explains that nobody was told. */
  readonly since: number;
  /** When it fell due. */
  readonly dueAt: number;
}

/**
 * Watches for instances that need something while nobody is at them and nobody was told. Only a loss explains
 * that, and the watchdog mends it.
 */
export class Stalls {
  readonly #found = new Map<string, Stall>();

  constructor(
    private readonly world: HostileWorld,
    private readonly registry: Registry,
  ) {}

  /** Every stall so far, each once. */
  get found(): readonly Stall[] {
    return [...this.#found.values()];
  }

  /** Looks at every instance at which nobody is at work, if this instant is over. */
  look(instances: readonly { readonly row: StoredInstance; readonly state: InstanceState }[]): void {
    const { clock } = this.world;
    const now = clock.now();
    if (clock.nextAt() === now) return;
    for (const { row, state } of instances) {
      if (standsStill(state) || this.world.isBusy(row.ref)) continue;
      const needs = needsOf(this.registry.of(state).plan, row, state).filter(({ dueAt }) => dueAt <= now);
      if (needs.length === 0 || this.world.isTold(row.ref)) continue;
      for (const need of needs) this.#judge(row, need, now);
    }
  }

  #judge({ ref, head, entries }: StoredInstance, { what, isCall, since, dueAt }: Need, now: number): void {
    const { brokenAt, lostAt, wrongAt } = this.world;
    const isBroken = brokenAt >= since - skewMs;
    const isLost = lostAt >= since - skewMs;
    const watchAt = head?.watchAt ?? Number.POSITIVE_INFINITY;
    // A timer may come for nothing while the instance is held: what it was for is the watchdog's then.
    const wasHeld = entries.some(
      ({ at, changes }) => at >= since && changes.some(({ kind }) => kind === "held"),
    );
    // What is due after the queue's horizon is the watchdog's from the beginning.
    if (!isBroken && !isLost && !wasHeld && watchAt !== dueAt) {
      this.#note(ref, `${what} is due, and nobody was told, though no event was lost`);
    }
    const againAt = entries.findLast(({ changes }) => changes.some(letsGoOn))?.at ?? since;
    if (!isLost && againAt > since && brokenAt < againAt) {
      this.#note(ref, `${what} was let go on, and nobody was told, though no event was lost`);
    }
    if (!isBroken && isCall && watchAt > now + 2 * healMsDefault) {
      this.#note(ref, `${what} is due, nobody was told, and the watchdog will not look soon`);
    }
    // What was late when its wake was lost is woken again when it is twice as late.
    const againAfterMs = Math.min(Math.max(0, wrongAt - watchAt), resendPauseMsMax);
    if (now < Math.max(watchAt, wrongAt + againAfterMs) + twoSweepsMs) return;
    this.#note(ref, `${what} is due, and the watchdog, which must have come twice, brought nobody`);
  }

  #note(ref: Stall["ref"], message: string): void {
    this.#found.set(`${ref.saga}/${ref.id} ${message}`, { ref, message });
  }
}

/** Whether it lets go on what was parked as a whole. */
function letsGoOn(change: Change): boolean {
  return change.kind === "again" && change.key === undefined;
}

function needsOf(plan: SagaPlan, row: StoredInstance, state: InstanceState): readonly Need[] {
  const timeOf = (n: number) => row.entries[n - 1]?.at ?? state.startedAt;
  const open = Object.entries(state.open).filter(([, { parked }]) => parked === undefined);
  const due = open.flatMap(([key, { phase, since, dueAt }]): readonly Need[] => {
    if (phase === "wait" && dueAt === undefined) return [];
    const isCall = phase !== "wait";
    return [
      { what: `the ${phase} of "${key}"`, isCall, since: timeOf(since), dueAt: dueAt ?? timeOf(since) },
    ];
  });
  const letters = row.mail.flatMap(({ id, event, receivedAt }): readonly Need[] => {
    if (Object.hasOwn(state.taken, id)) return [];
    const takers = openWaits(plan, state, event).flatMap(({ name }) => state.open[name] ?? []);
    const taker = takers.find(({ phase, dueAt = receivedAt + 1 }) => phase === "wait" && receivedAt < dueAt);
    if (taker === undefined) return [];
    const at = Math.max(receivedAt, timeOf(taker.since));
    return [{ what: `the domain event "${id}"`, isCall: false, since: at, dueAt: at }];
  });
  return [...due, ...letters];
}
