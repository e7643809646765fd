import type { BackwardReason } from "../journal/reason.js";
import type { Json } from "../json.js";

/**
 * Writes a line to the instance's log, with facts that a program can read. Never pass secrets or payloads.
 */
export type Log = (message: string, fields?: Readonly<Record<string, Json | undefined>>) => void;

/** What every handler gets. */
export interface HandlerContext {
  /**
   * The same for every retry and redelivery of this call, another one for every other call: pass it to the
   * participant.
   */
  readonly idempotencyKey: string;
  /** Which call this is, counted from 1. */
  readonly attempt: number;
  /** Aborted when the step's `timeout` is over: pass it to `fetch` and the like. */
  readonly signal: AbortSignal;
  readonly log: Log;
  /** The time of this call, in milliseconds since 1970. */
  readonly now: number;
  /** When the saga's `deadline` passes, in milliseconds since 1970; `undefined` if it has none. */
  readonly deadline: number | undefined;
}

/** What `run` gets. */
export interface RunContext<Input, Results, Services> extends HandlerContext {
  readonly input: Input;
  /** The outputs of the steps before this one, by step name. */
  readonly results: Results;
  readonly services: Services;
}

/** What `probe` gets: its `idempotencyKey` is the one that the unsettled `run` used. */
export interface ProbeContext<Input, Results, Services> extends RunContext<Input, Results, Services> {}

/** What a step's `compensate` gets. It has an `idempotencyKey` of its own. */
export interface CompensateContext<Input, Results, Services, Output>
  extends RunContext<Input, Results, Services> {
  /** The idempotency key that `run` used. */
  readonly forwardKey: string;
  /** What `run` returned; `undefined` where its outcome is not known, for such a step is compensated too. */
  readonly output: Output | undefined;
  readonly reason: BackwardReason;
}

/** What a wait's `compensate` gets: the accepted domain event is to be undone. */
export interface WaitCompensateContext<Input, Results, Services, Event>
  extends RunContext<Input, Results, Services> {
  /** The accepted payload; for a wait for several events `{ tag, payload }`. */
  readonly event: Event;
  readonly reason: BackwardReason;
}

/** What `onLate` gets: a domain event came that its wait can no longer consume. */
export interface LateContext<Input, Results, Services, Event>
  extends RunContext<Input, Partial<Results>, Services> {
  /** The late payload; for a wait for several events `{ tag, payload }`. */
  readonly event: Event;
}

/**
 * What a mapping gets: a payload, `when`, `until`, the `args` of a shared step, the saga's output. It runs
 * once and is kept.
 */
export interface MappingContext<Input, Results> {
  readonly input: Input;
  /** The outputs of the steps before this one, by step name. */
  readonly results: Results;
  /** The time of this call, in milliseconds since 1970. */
  readonly now: number;
}

/** What the payload of an `emit`'s taking back gets. */
export interface TakeBackContext<Input, Results> extends MappingContext<Input, Results> {
  readonly reason: BackwardReason;
}

/** What the payload of `onEnd`'s `compensated` gets: steps that were never reached have no result. */
export interface CompensatedContext<Input, Results> extends MappingContext<Input, Partial<Results>> {
  readonly reason: BackwardReason;
}

/** What the payload of `onEnd`'s `terminated` gets: steps that were never reached have no result. */
export interface TerminatedContext<Input, Results> extends MappingContext<Input, Partial<Results>> {
  readonly reason: { readonly kind: "terminated"; readonly message: string };
}

/** What the `run` of a shared step (`defineStep`) gets. */
export interface SharedRunContext<Args, Services> extends HandlerContext {
  /** What the saga's mapping made of its input and results. */
  readonly args: Args;
  readonly services: Services;
}

/** What the `compensate` of a shared step gets. */
export interface SharedCompensateContext<Args, Services, Output> extends SharedRunContext<Args, Services> {
  /** The idempotency key that `run` used. */
  readonly forwardKey: string;
  /** What `run` returned; `undefined` where its outcome is not known, for such a step is compensated too. */
  readonly output: Output | undefined;
  readonly reason: BackwardReason;
}
