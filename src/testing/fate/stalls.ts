import { standsStill } from "../../core/decide/agenda.js";
import type { InstanceState } from "../../core/journal/state.js";
import type { SagaPlan } from "../../core/plan/plan.js";
import { openWaits } from "../../core/plan/walk.js";
import type { Registry } from "../../runtime/registry.js";
import type { Stall } from "../checks/evidence.js";
import type { StoredInstance } from "../memory-saga-store.js";
import { type HostileWorld, skewMs, sweepMs } from "./hostile-world.js";

/** The watchdog has come by twice for sure. */
const twoSweepsMs = 2 * sweepMs + 1;

/** Something that an instance needs now. */
interface Need {
  readonly what: string;
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

  /** Looks at every instance at which nobody is at work. */
  look(instances: readonly { readonly row: StoredInstance; readonly state: InstanceState }[]): void {
    const now = this.world.clock.now();
    for (const { row, state } of instances) {
      if (standsStill(state) || this.world.isBusy(row.ref)) continue;
      const needs = needsOf(this.registry.of(state).plan, row, state, now);
      if (needs.length === 0 || this.world.isOnItsWay(row.ref)) continue;
      for (const need of needs) this.#judge(row, need, now);
    }
  }

  #judge({ ref, head }: StoredInstance, { what, since, dueAt }: Need, now: number): void {
    const watchAt = head?.watchAt;
    // What is due after the queue's horizon is the watchdog's from the beginning.
    const isFar = watchAt === dueAt;
    if (!isFar && this.world.lostAt < since - skewMs) {
      this.#note(ref, `${what} is due, and nobody was told, though nothing was lost since it was known`);
    }
    if (watchAt === undefined || now < Math.max(watchAt, this.world.wrongAt) + twoSweepsMs) return;
    this.#note(ref, `${what} is due, and two rounds of the watchdog brought nobody`);
  }

  #note(ref: Stall["ref"], message: string): void {
    this.#found.set(`${ref.saga}/${ref.id} ${message}`, { ref, message });
  }
}

function needsOf(plan: SagaPlan, row: StoredInstance, state: InstanceState, now: number): readonly Need[] {
  const timeOf = (n: number) => row.entries[n - 1]?.at ?? state.startedAt;
  const open = Object.entries(state.open).filter(([, { parked }]) => parked === undefined);
  const due = open.flatMap(([key, { phase, since, dueAt }]): readonly Need[] => {
    if (phase === "wait" ? dueAt === undefined || dueAt > now : (dueAt ?? 0) > now) return [];
    return [{ what: `the ${phase} of "${key}"`, since: timeOf(since), dueAt: dueAt ?? timeOf(since) }];
  });
  const letters = row.mail.flatMap(({ id, event, receivedAt }): readonly Need[] => {
    if (Object.hasOwn(state.taken, id)) return [];
    const takers = openWaits(plan, state, event).flatMap(({ name }) => state.open[name] ?? []);
    const taker = takers.find(({ phase, dueAt = now }) => phase === "wait" && receivedAt < dueAt);
    if (taker === undefined) return [];
    const at = Math.max(receivedAt, timeOf(taker.since));
    return [{ what: `the domain event "${id}"`, since: at, dueAt: at }];
  });
  return [...due, ...letters];
}
