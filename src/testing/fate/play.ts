import { durationMs } from "../../core/duration.js";
import type { InstanceState } from "../../core/journal/state.js";
import { isOver, statusOf } from "../../core/journal/status.js";
import type { SagaPlan } from "../../core/plan/plan.js";
import { openWaits } from "../../core/plan/walk.js";
import { isSagaError } from "../../errors/saga-error.js";
import type { InstanceRef } from "../../ports/saga-store.js";
import type { Evidence } from "../checks/evidence.js";
import type { StoredInstance } from "../memory-saga-store.js";
import type { Way } from "./fault-kinds.js";
import { HostileWorld, type HostileWorldOptions, skewMs } from "./hostile-world.js";
import { Mirror } from "./mirror.js";
import { nameOfEvent, type Story, type StoryCommand, type StoryEvent } from "./story.js";

/** How often a caller tries until the engine says that it has accepted something. */
const triesMax = 20;

/** Something that the outside does once. */
interface Cue {
  /** Whether it is time for it. */
  readonly isDue: () => boolean;
  /** Whether there will be no time for it any more. */
  readonly isMoot: () => boolean;
  readonly act: () => Promise<void>;
}

/** How long a play may take. */
export interface PlayOptions extends HostileWorldOptions {
  readonly stories: readonly Story[];
  /** Virtual time after which the world is given up, milliseconds. Default one day. */
  readonly horizonMs?: number;
}

/** Stories that are played in a hostile world, one event of the clock after the other. */
export class Play {
  readonly world: HostileWorld;
  readonly #options: PlayOptions;
  readonly #mirror: Mirror;
  readonly #cues = new Map<string, Cue>();
  readonly #started: InstanceRef[] = [];
  readonly #accepted: { readonly ref: InstanceRef; readonly mail: string }[] = [];
  readonly #commands: { readonly ref: InstanceRef; readonly commandId: string }[] = [];
  /** Where operators were last asked whether they want anything, by instance. */
  readonly #asked = new Map<string, number>();

  constructor(options: PlayOptions) {
    this.#options = options;
    this.world = new HostileWorld(options);
    this.#mirror = new Mirror(this.world.store);
    for (const [at, story] of options.stories.entries()) this.#prepare(story, at);
  }

  /**
   * Plays until everything has ended or is parked.
   * @param isEnough is asked whenever nobody is at work; true breaks the play off
   * @returns whether it came to its end
   */
  async run(isEnough: () => boolean = () => false): Promise<boolean> {
    const { clock } = this.world;
    const endAt = clock.now() + (this.#options.horizonMs ?? 86_400_000);
    while (clock.now() < endAt) {
      await this.#actOut();
      if (this.isFinished()) return true;
      if (!(await clock.step())) return false;
      if (this.world.alive === 0 && isEnough()) return false;
    }
    return false;
  }

  /** Every started instance and its state. */
  instances(): readonly { readonly row: StoredInstance; readonly state: InstanceState }[] {
    return this.#mirror.look();
  }

  /** The names of what has not come yet. */
  get awaited(): readonly string[] {
    return [...this.#cues.keys()];
  }

  /** Whether nothing will happen any more. */
  isFinished(): boolean {
    const { alive, lanes } = this.world;
    if (alive > 0 || this.#cues.size > 0 || !lanes.isEmpty) return false;
    return this.instances().every(({ row, state }) => isAtRest(row, state));
  }

  /** What the play leaves to be checked. */
  evidence(): Omit<Evidence, "effects"> {
    const { store, ledger, bus } = this.world;
    return {
      instances: store.rows.map(({ ref, head, entries, mail }) => ({
        ref,
        plan: this.#plan(ref.saga),
        entries,
        mail,
        ...(head === undefined ? {} : { head }),
      })),
      started: this.#started,
      accepted: this.#accepted,
      commands: this.#commands,
      calls: ledger.records,
      published: bus.published,
      skewMs: this.#options.kinds.has("skewed") ? skewMs : 0,
      healed: true,
    };
  }

  #plan(saga: string): SagaPlan {
    return this.#options.stage.registry.latest(saga).plan;
  }

  /** Lets happen what is due, as often as that makes more due. */
  async #actOut(): Promise<void> {
    for (let isQuiet = false; !isQuiet; ) {
      isQuiet = true;
      for (const [name, cue] of this.#cues) {
        if (cue.isMoot()) this.#forget(name);
        if (!this.#cues.has(name) || !cue.isDue()) continue;
        isQuiet = false;
        await this.#perform(name, cue);
      }
      if (this.world.alive === 0) await this.#askOperators();
    }
  }

  async #perform(name: string, { act }: Cue): Promise<void> {
    this.#forget(name);
    await act();
    await this.world.clock.settle();
  }

  #forget(name: string): void {
    this.#cues.delete(name);
    this.world.visitors.delete(name);
  }

  /** Operators may do something in every quiet moment in which an instance is new to them. */
  async #askOperators(): Promise<void> {
    for (const { row, state } of this.instances()) {
      const key = `${row.ref.saga}/${row.ref.id}`;
      if (this.#asked.get(key) === state.n || isOver(state)) continue;
      this.#asked.set(key, state.n);
      const ways = [...this.world.visitors.keys()].map((name): Way => `meanwhile ${name}`);
      const way = this.world.ask(row.ref, `rest ${state.n}`, ways);
      const visit = way === undefined ? undefined : this.world.visitors.get(way.slice("meanwhile ".length));
      if (visit === undefined) continue;
      await visit();
      await this.world.clock.settle();
    }
  }

  #prepare(story: Story, at: number): void {
    const { world } = this;
    const startsAt = world.clock.now() + (story.after === undefined ? 0 : durationMs(story.after, "after"));
    const state: { ref?: InstanceRef } = {};
    const tell = this.#options.stories.length === 1 ? "" : ` of ${story.saga} ${at + 1}`;
    const { events = [], commands = [] } = story;
    for (const [place, event] of events.entries()) {
      this.#prepareEvent(event, `${nameOfEvent(event)}${tell}`, at, place, state);
    }
    const isTime = () => world.clock.now() >= startsAt;
    this.#cues.set(`start${tell}`, {
      isDue: isTime,
      isMoot: () => false,
      act: async () => {
        const { saga, id } = await this.#insist(() => world.client.start(story.saga, story.input));
        state.ref = { saga, id };
        this.#started.push(state.ref);
        for (const command of commands) this.#prepareCommand(command, `${command}${tell}`, state.ref);
      },
    });
    if (!isTime()) world.clock.after(startsAt - world.clock.now(), () => undefined);
  }

  #prepareEvent(
    event: StoryEvent,
    name: string,
    story: number,
    place: number,
    about: { readonly ref?: InstanceRef },
  ): void {
    const { world } = this;
    const id = event.id ?? `${nameOfEvent(event)}-${story + 1}.${place + 1}`;
    const way = world.ask(undefined, `event ${name}${place === 0 ? "" : ` ${place + 1}`}`, [
      "early",
      "late",
      "never",
      "again",
    ]);
    if (way === "never") return;
    const act = async (): Promise<void> => {
      const { instances } = await this.#insist(() =>
        world.client.signal(nameOfEvent(event), event.payload, { eventId: id }),
      );
      for (const { saga, id: instance } of instances) {
        this.#accepted.push({ ref: { saga, id: instance }, mail: id });
      }
    };
    const isAwaited = () => this.#isAwaited(event, about.ref);
    const isBehind = () => this.#isBehind(event, about.ref);
    this.#addCue(`${name}${place === 0 ? "" : ` ${place + 1}`}`, {
      isDue: way === "early" ? () => true : way === "late" ? isBehind : isAwaited,
      isMoot: () => way !== "late" && isBehind(),
      act: async () => {
        await act();
        if (way === "again") await act();
      },
    });
  }

  #prepareCommand(kind: StoryCommand, name: string, ref: InstanceRef): void {
    const { world } = this;
    const commandId = `${name} ${ref.saga}/${ref.id}`;
    world.visitors.set(name, async () => {
      world.visitors.delete(name);
      const give = () => world.client.command(ref, { kind }, { actor: { user: "operator" }, commandId });
      try {
        const { applied } = await this.#insist(give);
        if (applied) this.#commands.push({ ref, commandId });
      } catch (error) {
        if (!isSagaError(error, "COMMAND_REFUSED")) throw error;
      }
    });
  }

  #addCue(name: string, cue: Cue): void {
    this.#cues.set(name, cue);
    this.world.visitors.set(name, () => this.#visit(name, cue));
  }

  async #visit(name: string, { act }: Cue): Promise<void> {
    this.#forget(name);
    await act();
  }

  /** A caller that is not told of success tries again. */
  async #insist<Answer>(act: () => Promise<Answer>): Promise<Answer> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await act();
      } catch (error) {
        const isFinal = isSagaError(error) && !error.retryable;
        if (isFinal || tries === triesMax) throw error;
      }
    }
  }

  #find(ref: InstanceRef | undefined): InstanceState | undefined {
    return this.instances().find(({ row }) => row.ref.saga === ref?.saga && row.ref.id === ref.id)?.state;
  }

  #isAwaited(event: StoryEvent, ref: InstanceRef | undefined): boolean {
    const state = this.#find(ref);
    if (state === undefined || this.world.alive > 0) return false;
    const waits = openWaits(this.#plan(state.saga), state, nameOfEvent(event));
    return waits.some(({ name }) => state.open[name]?.phase === "wait");
  }

  #isBehind(event: StoryEvent, ref: InstanceRef | undefined): boolean {
    const state = this.#find(ref);
    if (state === undefined || this.world.alive > 0) return false;
    return openWaits(this.#plan(state.saga), state, nameOfEvent(event)).length === 0;
  }
}

/** Whether an instance needs nobody, or an operator, and its head says so. */
function isAtRest({ head }: StoredInstance, state: InstanceState): boolean {
  const isStill = isOver(state) || ["parked", "paused", "shed"].includes(statusOf(state));
  return isStill && head?.watchAt === undefined && head?.n === state.n && head.settled === state.n;
}
