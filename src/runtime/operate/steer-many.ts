import type { Command } from "../../core/decide/input.js";
import type { Actor } from "../../core/journal/entry.js";
import type { ErrorCode } from "../../errors/catalogue.js";
import { isSagaError } from "../../errors/saga-error.js";
import type { InstanceRef } from "../../ports/saga-store.js";
import type { SagaClient } from "../client.js";
import { sleep } from "../sleep.js";
import { createPacer } from "./create-pacer.js";
import { type Selecting, selectInstances } from "./select-instances.js";

/** A command to every instance that fits. */
export interface SteerRequest extends Selecting {
  readonly client: Pick<SagaClient, "list" | "command">;
  readonly command: Command;
  /** Names the run: whatever is given twice under it is applied once. */
  readonly run: string;
  readonly actor: Actor;
  readonly reason?: string;
  /** How many instances are commanded at once. */
  readonly concurrency: number;
  /** Commands a second at most. Default as many as can be. */
  readonly perSecond?: number;
  /** Called after each instance. */
  readonly onProgress?: (counts: SteerCounts) => void;
}

/** What has become of the instances. */
export interface SteerCounts {
  readonly applied: number;
  /** It was so already, or the instance did not fit any more. */
  readonly unchanged: number;
  /** The instance did not allow it. */
  readonly refused: number;
  /** The store did not answer as it should, several times. */
  readonly failed: number;
}

/** Why an instance was left as it is. */
export interface LeftAsIs {
  /** `<saga>/<id>`. */
  readonly instance: string;
  readonly reason: string;
}

/** How a run ended. */
export interface Steered extends SteerCounts {
  /** The first ten that were refused or failed. */
  readonly left: readonly LeftAsIs[];
  /** What ended it before its time, other than its stop signal. */
  readonly error?: unknown;
}

const leftMax = 10;
const attemptsMax = 3;
const firstPauseMs = 100;

/** So many failures one after the other are no accident. */
const failuresInRowMax = 20;

/** What is wrong with one instance, and not with the store. */
const ofInstance: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "COMMAND_REFUSED",
  "INSTANCE_UNKNOWN",
  "SAGA_UNKNOWN",
  "VERSION_CONFLICT",
  "SCHEMA_MISMATCH",
  "JOURNAL_CORRUPT",
  "ITEM_UNREADABLE",
  "INVARIANT_BROKEN",
]);

/** Gives a command to every instance that fits, and never rejects. What was begun when it is stopped ends. */
export function steerMany(request: SteerRequest): Promise<Steered> {
  return new Steering(request).run();
}

class Steering {
  readonly #request: SteerRequest;
  readonly #counts = { applied: 0, unchanged: 0, refused: 0, failed: 0 };
  readonly #left: LeftAsIs[] = [];
  #failuresInRow = 0;
  #error: { readonly cause: unknown } | undefined;

  constructor(request: SteerRequest) {
    this.#request = request;
  }

  async run(): Promise<Steered> {
    const { clock, perSecond, stop, concurrency } = this.#request;
    const pace = createPacer(clock, perSecond, stop);
    const heads = selectInstances(this.#request);
    const work = async () => {
      while (!this.#isOver) {
        const next = await heads.next();
        if (next.done === true) return;
        await pace();
        if (!this.#isOver) await this.#steer(next.value.origin);
      }
    };
    const workers = Array.from({ length: concurrency }, () =>
      work().catch((cause: unknown) => {
        this.#error ??= { cause };
      }),
    );
    await Promise.all(workers);
    const error = this.#error === undefined ? {} : { error: this.#error.cause };
    return { ...this.#counts, left: this.#left, ...error };
  }

  get #isOver(): boolean {
    return this.#request.stop.aborted || this.#error !== undefined;
  }

  async #steer({ saga, id }: InstanceRef): Promise<void> {
    const { client, command, run, actor, reason, where, onProgress } = this.#request;
    const options = { actor, where, commandId: `bulk-${run}`, ...(reason === undefined ? {} : { reason }) };
    try {
      const { applied } = await this.#insist(() => client.command({ saga, id }, command, options));
      this.#counts[applied ? "applied" : "unchanged"] += 1;
      this.#failuresInRow = 0;
    } catch (error) {
      this.#note(`${saga}/${id}`, error);
    }
    onProgress?.({ ...this.#counts });
  }

  /** Twice is as good as once: the journal knows the command's id. */
  async #insist<Result>(act: () => Promise<Result>): Promise<Result> {
    const { clock, stop } = this.#request;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await act();
      } catch (error) {
        const isFinal = isSagaError(error) && !error.retryable;
        if (isFinal || attempt === attemptsMax || stop.aborted) throw error;
        await sleep(clock, firstPauseMs * 2 ** (attempt - 1), stop);
      }
    }
  }

  #note(instance: string, error: unknown): void {
    const isRefused = isSagaError(error) && ofInstance.has(error.code);
    this.#counts[isRefused ? "refused" : "failed"] += 1;
    this.#failuresInRow = isRefused ? 0 : this.#failuresInRow + 1;
    if (this.#failuresInRow === failuresInRowMax) this.#error = { cause: error };
    if (this.#left.length === leftMax) return;
    const said = error instanceof Error ? error.message : String(error);
    this.#left.push({ instance, reason: isSagaError(error) ? error.problem : said });
  }
}
