import type { Command } from "../../core/decide/input.js";
import { durationMs } from "../../core/duration.js";
import type { InstanceState } from "../../core/journal/state.js";
import { endStatuses, isOver } from "../../core/journal/status.js";
import type { SagaPlan } from "../../core/plan/plan.js";
import { openWaits } from "../../core/plan/walk.js";
import { isSagaError } from "../../errors/saga-error.js";
import type { InstanceRef } from "../../ports/saga-store.js";
import type { SagaClient } from "../../runtime/client.js";
import type { Registry } from "../../runtime/registry.js";
import { collectEvidence } from "../checks/collect-evidence.js";
import type { Evidence } from "../checks/evidence.js";
import type { StoredInstance } from "../memory-saga-store.js";
import type { Way } from "./fault-kinds.js";
import { type Acceptance, HostileWorld, type HostileWorldOptions, skewMs } from "./hostile-world.js";
import { Mirror } from "./mirror.js";
import { Stalls } from "./stalls.js";
import { commandOf, nameOfCommand, nameOfEvent, type Story, type StoryEvent } from "./story.js";

/** How often a caller tries until the engine says that it has accepted something. */
const triesMax = 20;

/** Something that the outside does once. */
interface Cue {
  /** Whether it is time for it. */
  readonly isDue: () => boolean;
  /** Whether it comes whatever else happens: the play waits for it. */
  readonly isSure: boolean;
  /** Whether there will be no time for it any more. */
  readonly isMoot: () => boolean;
  readonly act: () => Promise<void>;
}

/** How long a play may take. */
export interface PlayOptions extends HostileWorldOptions {
  readonly stories: readonly Story[];
  /** The places of the stories that are played; the others keep theirs. Default all. */
  readonly only?: readonly number[];
  /** Virtual time after which no more faults happen, milliseconds. Default never. */
  readonly calmAfterMs?: number;
  /** Virtual time after which the world is given up, milliseconds. Default one day. */
  readonly horizonMs?: number;
}

/** How a play ended. */
export type PlayEnd = "finished" | "brokenOff" | "unfinished";

/** Stories that are played in a hostile world, one event of the clock after the other. */
export class Play {
  readonly world: HostileWorld;
  readonly #options: PlayOptions;
  readonly #mirror: Mirror;
  readonly #stalls: Stalls;
  readonly #cues = new Map<string, Cue>();
  readonly #started: InstanceRef[] = [];
  readonly #accepted: Acceptance[] = [];
  readonly #commands: { readonly ref: InstanceRef; readonly commandId: string }[] = [];
  /** Where operators were last asked whether they want anything, by instance. */
  readonly #asked = new Map<string, number>();

  constructor(options: PlayOptions) {
    this.#options = options;
    this.world = new HostileWorld(options);
    this.#mirror = new Mirror(this.world.store);
    this.#stalls = new Stalls(this.world, options.stage.registry);
    for (const [at, story] of options.stories.entries()) {
      if (options.only?.includes(at) !== false) this.#prepare(story, at);
    }
  }

  /**
   * Plays until everything has ended or is parked.
   * @param isEnough is asked whenever nobody is at work; true breaks the play off
   * @returns `unfinished` where time was up first
   */
  async run(isEnough: () => boolean = () => false): Promise<PlayEnd> {
    const { clock } = this.world;
    const { calmAfterMs = Number.POSITIVE_INFINITY, horizonMs = 86_400_000 } = this.#options;
    const calmAt = clock.now() + calmAfterMs;
    const endAt = clock.now() + horizonMs;
    while (clock.now() < endAt) {
      if (clock.now() >= calmAt) this.world.isCalm = true;
      await this.#actOut();
      this.#stalls.look(this.instances());
      if (this.isFinished()) return "finished";
      await clock.step();
      this.#stalls.look(this.instances());
      if (this.world.alive === 0 && isEnough()) return "brokenOff";
    }
    return "unfinished";
  }

  /** Every started instance and its state. */
  instances(): readonly { readonly row: StoredInstance; readonly state: InstanceState }[] {
    return this.#mirror.look();
  }

  /** The names of what has not come yet. */
  get awaited(): readonly string[] {
    return [...this.#cues.keys()];
  }

  /** Whether nothing will happen any more: nobody is at work, and nobody will look. */
  isFinished(): boolean {
    const { alive, lanes } = this.world;
    const isAwaited = [...this.#cues.values()].some(({ isSure }) => isSure);
    if (alive > 0 || isAwaited || !lanes.isEmpty) return false;
    const { lookedBackTo = 0 } = this.world.store.watchMark ?? {};
    return this.instances().every(({ row: { head, mail }, state }) => {
      // Mail that nobody took is looked at once more.
      const isSeen = mail.every(({ id }) => Object.hasOwn(state.taken, id));
      if (head === undefined || isSeen || !endStatuses.has(head.status)) return head?.watchAt === undefined;
      return head.watchAt === undefined && head.updatedAt <= lookedBackTo;
    });
  }

  /** What the play leaves to be checked. */
  evidence(): Omit<Evidence, "effects"> {
    const { ledger, accepted } = this.world;
    const { registry } = this.#options.stage;
    return {
      ...collectEvidence(
        { store: this.world.store, bus: this.world.bus, registry },
        {
          ledger,
          started: this.#started,
          accepted: [...this.#accepted, ...accepted],
          commands: this.#commands,
        },
      ),
      skewMs: this.#options.kinds.has("skewed") ? skewMs : 0,
      stalls: this.#stalls.found,
    };
  }

  #plan(state: InstanceState): SagaPlan {
    return this.#options.stage.registry.of(state).plan;
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
    this.world.expectSweep();
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
      this.world.expectSweep();
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
      isSure: true,
      isMoot: () => false,
      act: async () => {
        const { saga, id } = await this.#insist(() => this.#clientOf(story).start(story.saga, story.input));
        state.ref = { saga, id };
        this.#started.push(state.ref);
        for (const given of commands) {
          const command = commandOf(given);
          this.#prepareCommand(command, `${nameOfCommand(command)}${tell}`, state.ref);
        }
      },
    });
    if (!isTime()) world.clock.after(startsAt - world.clock.now(), () => undefined);
  }

  #clientOf({ saga, version }: Story): SagaClient {
    if (version === undefined) return this.world.client;
    const { registry } = this.#options.stage;
    const older = registry.all.find(({ plan }) => plan.saga === saga && plan.version === version);
    const latest: Registry["latest"] = (name) => (name === saga && older) || registry.latest(name);
    return this.world.clientOf({ ...registry, latest });
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
      isSure: false,
      isMoot: () => way !== "late" && isBehind(),
      act: async () => {
        await act();
        if (way === "again") await act();
      },
    });
  }

  #prepareCommand(command: Command, name: string, ref: InstanceRef): void {
    const { world } = this;
    const commandId = `${name} ${ref.saga}/${ref.id}`;
    world.visitors.set(name, async () => {
      world.visitors.delete(name);
      const give = () => world.client.command(ref, command, { actor: { user: "operator" }, commandId });
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
        if (!isFinal && tries < triesMax) continue;
        this.world.noteBug(error);
        throw error;
      }
    }
  }

  #find(ref: InstanceRef | undefined): InstanceState | undefined {
    return this.instances().find(({ row }) => row.ref.saga === ref?.saga && row.ref.id === ref.id)?.state;
  }

  #isAwaited(event: StoryEvent, ref: InstanceRef | undefined): boolean {
    const state = this.#find(ref);
    if (state === undefined || this.world.isBusy(state)) return false;
    const waits = openWaits(this.#plan(state), state, nameOfEvent(event));
    return waits.some(({ name }) => state.open[name]?.phase === "wait");
  }

  #isBehind(event: StoryEvent, ref: InstanceRef | undefined): boolean {
    const state = this.#find(ref);
    if (state === undefined || this.world.isBusy(state)) return false;
    return openWaits(this.#plan(state), state, nameOfEvent(event)).length === 0;
  }
}
