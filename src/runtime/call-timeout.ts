import type { Clock } from "../ports/clock.js";

/** The time that a call has, and the signal that tells its handler when it is over. */
export class CallTimeout {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  #controller: AbortController | undefined;

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  /** Few handlers ask for it, and it is dear: it is made when the first one does. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  /** What becomes of an answer; or, if none has come in time, what stands for that. */
  race<Result>(answer: PromiseLike<unknown>, map: (value: unknown) => Result, late: Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(this.#timeoutMs, () => {
        this.#controller?.abort(new DOMException(`no answer within ${this.#timeoutMs} ms`, "TimeoutError"));
        resolve(late);
      });
      answer
        .then((value) => {
          cancel();
          resolve(map(value));
        })
        .then(undefined, (error: unknown) => {
          cancel();
          reject(error);
        });
    });
  }
}

/** Whether a value is to be awaited. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
