import type { Duration } from "../duration.js";
import type { LateContext, WaitCompensateContext } from "./contexts.js";
import type { EventPayload } from "./define-event.js";
import type { WaitCompensateMissing } from "./messages.js";
import type { EventDefinition } from "./nodes.js";
import type { OnTimeout, Permission } from "./options.js";
import type { BeforePivot, Place, UndoAt } from "./step-options.js";

/** What a wait can do when its time is over, by the place where it stands. */
export type OnTimeoutAt<P extends Place> = P extends BeforePivot
  ? OnTimeout
  : Exclude<OnTimeout, "compensate">;

/** The events of a wait for several, by tag. */
export type EventsByTag = Readonly<Record<string, EventDefinition>>;

/** The result of a wait for several events: which one came, and its payload. */
export type TaggedEvent<Events extends EventsByTag> = {
  [Tag in keyof Events]: { readonly tag: Tag; readonly payload: EventPayload<Events[Tag]> };
}[keyof Events];

/** What a wait brings: the payload, or for a wait for several events `{ tag, payload }`. */
export type WaitEvent<E extends EventDefinition, Events extends EventsByTag> = [E] extends [never]
  ? TaggedEvent<Events>
  : EventPayload<E>;

/** The result of a wait: possibly undefined where it continues without its event. */
export type WaitResult<E extends EventDefinition, Events extends EventsByTag, Timeout extends OnTimeout> =
  | WaitEvent<E, Events>
  | ("continue" extends Timeout ? undefined : never);

/** A wait for one event. */
export interface SingleEvent<E extends EventDefinition> {
  readonly event: E;
  /** Which instance a domain event is for; early ones wait in its mailbox. */
  readonly id: (payload: EventPayload<E>) => string;
  readonly events?: undefined;
}

/** A wait for whichever of several events comes first. */
export interface SeveralEvents<Events extends EventsByTag> {
  readonly event?: undefined;
  readonly id?: undefined;
  /** By a tag of your choice. The result is `{ tag, payload }`, a union to `switch` over. */
  readonly events: {
    readonly [Tag in keyof Events]: {
      readonly event: Events[Tag];
      /** Which instance a domain event is for; early ones wait in its mailbox. */
      readonly id: (payload: EventPayload<Events[Tag]>) => string;
    };
  };
}

/** What a wait has besides its events. */
export interface WaitTuning<I, S, R, Event, Timeout> {
  /** How long it waits. Without it there is no timeout. More than zero. */
  readonly within?: Duration;
  /**
   * What to do when `within` is over: `"compensate"` goes backward (the default, before the pivot only),
   * `"continue"` goes on without a result, `"park"` stops for an operator (the default after the pivot).
   */
  readonly onTimeout?: Timeout;
  /**
   * Deals with a domain event that comes when its wait can no longer consume it, also after the end. A step
   * of its own, with retries, parking and a key. Without it such an event stays in the mailbox and is listed
   * as unclaimed.
   */
  readonly onLate?: (context: LateContext<I, R, S, Event>) => unknown;
  /** How long one call of `onLate` or `compensate` may take until it is aborted. More than zero. */
  readonly timeout?: Duration;
  /** The lane that works `onLate` and `compensate`. Default: as the configuration's `lanes` says. */
  readonly lane?: string;
  /** What `onLate` and `compensate` are allowed on AWS. */
  readonly permissions?: readonly Permission[];
}

/** The options of `.waitFor`. */
export type WaitOptions<
  P extends Place,
  I,
  S,
  R,
  E extends EventDefinition,
  Events extends EventsByTag,
  Timeout extends OnTimeout,
> = (SingleEvent<E> | SeveralEvents<Events>) &
  WaitTuning<I, S, R, WaitEvent<E, Events>, Timeout> &
  UndoAt<
    P,
    WaitCompensateMissing,
    ((context: WaitCompensateContext<I, R, S, WaitEvent<E, Events>>) => unknown) | "none"
  >;
