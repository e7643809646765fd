import type { Command } from "../../core/decide/input.js";
import type { EventPayloadInput } from "../../core/definition/define-event.js";
import type { AnySaga, EventDefinition } from "../../core/definition/nodes.js";
import { type Duration, durationMs } from "../../core/duration.js";
import { Expectation } from "./expectation.js";
import type { NodeName } from "./names.js";
import { checkEvent, checkName, type Happening, type Scenario } from "./scenario.js";

/**
 * The second part of a scenario: what happens, in this order. After each of them everything that is due is
 * done, and no time passes but by `after`.
 */
export class When<Saga extends AnySaga, Services> {
  readonly #scenario: Scenario;

  /** @param scenario all that was said before */
  constructor(scenario: Scenario) {
    this.#scenario = scenario;
  }

  /** The instance is started. */
  started(): When<Saga, Services> {
    return this.#and({ kind: "start" });
  }

  /**
   * A domain event is accepted; before `started()` it is an early one.
   * @param options `eventId`: the same one twice is the same event. Default a new one
   * @throws SagaError TEST_INVALID if the saga has no wait for it
   */
  receives<Event extends EventDefinition>(
    event: Event,
    payload: EventPayloadInput<Event>,
    options: { readonly eventId?: string } = {},
  ): When<Saga, Services> {
    checkEvent(this.#scenario, event);
    return this.#and({ kind: "event", event, payload, eventId: options.eventId });
  }

  /**
   * This much time passes, with everything that falls due meanwhile: timeouts, retries, the watchdog.
   * @throws SagaError DURATION_INVALID
   */
  after(duration: Duration): When<Saga, Services> {
    durationMs(duration, "time to let pass");
    return this.#and({ kind: "time", duration });
  }

  /** The instance is cancelled. */
  cancelled(reason?: string): When<Saga, Services> {
    return this.commanded({ kind: "cancel" }, reason);
  }

  /** The instance is paused. */
  paused(reason?: string): When<Saga, Services> {
    return this.commanded({ kind: "pause" }, reason);
  }

  /** The paused instance is let go on. */
  resumed(): When<Saga, Services> {
    return this.commanded({ kind: "resume" });
  }

  /** What is parked gets a new attempt budget; only this step, if one is named. */
  retried(step?: NodeName<Saga>): When<Saga, Services> {
    if (step !== undefined) checkName(this.#scenario.subject, step);
    return this.commanded(step === undefined ? { kind: "retry" } : { kind: "retry", step });
  }

  /** Any command is given. One that is refused is an error, unless `commandRefused` expects it. */
  commanded(command: Command, reason?: string): When<Saga, Services> {
    return this.#and({ kind: "command", command, reason });
  }

  /** Goes on to what is expected of all this. */
  expect(): Expectation<Saga, Services> {
    return new Expectation(this.#scenario);
  }

  #and(happening: Happening): When<Saga, Services> {
    return new When({ ...this.#scenario, happenings: [...this.#scenario.happenings, happening] });
  }
}
