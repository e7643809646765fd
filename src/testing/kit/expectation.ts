import type { EventPayloadInput } from "../../core/definition/define-event.js";
import type { AnySaga, EventDefinition } from "../../core/definition/nodes.js";
import type { SagaOutput } from "../../core/definition/saga-definition.js";
import type { Status, StepState } from "../../core/journal/state.js";
import {
  calledTimes,
  commandRefused,
  compensatedAre,
  type Look,
  notPublished,
  outputIs,
  parkedAt,
  publishedIs,
  reasonIs,
  statusIs,
  stepsAre,
  unclaimedAre,
} from "./check.js";
import { expectationError } from "./describe-failure.js";
import type { Happened } from "./happened.js";
import type { HandlerName, NodeName, PartOf } from "./names.js";
import { play } from "./play.js";
import { checkHandlerName, checkName, type Scenario } from "./scenario.js";

/**
 * What a scenario expects. Awaiting it lets the scenario happen, once, and looks at every expectation.
 *
 * It resolves to what happened. It rejects with an `AssertionError` that tells every expectation that does
 * not hold, and the journal; with SagaError TEST_INVALID where the scenario cannot be carried out; with
 * SagaError COMMAND_REFUSED where a command was refused and no `commandRefused` expects it.
 */
export class Expectation<Saga extends AnySaga, Services> implements PromiseLike<Happened<Saga, Services>> {
  readonly #scenario: Scenario;
  #happened: Promise<Happened<Saga, Services>> | undefined;

  /** @param scenario all that was said before */
  constructor(scenario: Scenario) {
    this.#scenario = scenario;
  }

  /** The status. */
  status(expected: Status): Expectation<Saga, Services> {
    return this.#with(statusIs(expected));
  }

  /** Why the status is what it is: exactly this text, or one that matches. */
  reason(expected: string | RegExp): Expectation<Saga, Services> {
    return this.#with(reasonIs(expected));
  }

  /**
   * Exactly these steps and waits are compensated, in this order.
   * @throws SagaError TEST_INVALID for a name that the saga does not have
   */
  compensated(names: readonly NodeName<Saga>[]): Expectation<Saga, Services> {
    for (const name of names) checkName(this.#scenario.subject, name);
    return this.#with(compensatedAre(names));
  }

  /**
   * These steps, perhaps among others, were never reached.
   * @throws SagaError TEST_INVALID for a name that the saga does not have
   */
  notStarted(names: readonly NodeName<Saga>[]): Expectation<Saga, Services> {
    return this.#steps(Object.fromEntries(names.map((name) => [name, "notStarted"])));
  }

  /**
   * These steps, perhaps among others, are in these states.
   * @throws SagaError TEST_INVALID for a name that the saga does not have
   */
  steps(states: { readonly [Name in NodeName<Saga>]?: StepState }): Expectation<Saga, Services> {
    return this.#steps(states as Record<string, StepState>);
  }

  /** This step or wait waits for an operator; with this reason, if one is given. */
  parkedAt(name: NodeName<Saga>, reason?: RegExp): Expectation<Saga, Services> {
    checkName(this.#scenario.subject, name);
    const parked = this.#with(parkedAt(name));
    return reason === undefined ? parked : parked.reason(reason);
  }

  /** The saga's own output. */
  output(expected: SagaOutput<Saga>): Expectation<Saga, Services> {
    return this.#with(outputIs(expected));
  }

  /** The instance published this domain event, with at least these properties. */
  published<Event extends EventDefinition>(
    event: Event,
    part?: PartOf<EventPayloadInput<Event>>,
  ): Expectation<Saga, Services> {
    return this.#with(publishedIs(event, part));
  }

  /** The instance did not publish this domain event. */
  notPublished(event: EventDefinition): Expectation<Saga, Services> {
    return this.#with(notPublished(event));
  }

  /**
   * The handler was called, scripted or not. Default: at least once.
   * @throws SagaError TEST_INVALID if the saga has no such handler
   */
  called(
    handler: HandlerName<Saga>,
    { times }: { readonly times?: number } = {},
  ): Expectation<Saga, Services> {
    checkHandlerName(this.#scenario.subject, handler);
    return this.#with(calledTimes(handler, times));
  }

  /**
   * The handler was never called.
   * @throws SagaError TEST_INVALID if the saga has no such handler
   */
  notCalled(handler: HandlerName<Saga>): Expectation<Saga, Services> {
    return this.called(handler, { times: 0 });
  }

  /** Exactly these domain events were received and are taken by nobody, in the order of receipt. */
  unclaimed(events: readonly EventDefinition[]): Expectation<Saga, Services> {
    return this.#with(unclaimedAre(events));
  }

  /** A command was refused, for a reason that has this text or matches. */
  commandRefused(reason: string | RegExp): Expectation<Saga, Services> {
    return this.#with(commandRefused(reason), { mayRefuse: true });
  }

  /** Lets the scenario happen, at the first call: this is what `await` calls. */
  then<Result = Happened<Saga, Services>, Failed = never>(
    onHappened?: ((happened: Happened<Saga, Services>) => Result | PromiseLike<Result>) | null,
    onFailed?: ((error: unknown) => Failed | PromiseLike<Failed>) | null,
  ): Promise<Result | Failed> {
    this.#happened ??= verify(this.#scenario) as Promise<Happened<Saga, Services>>;
    return this.#happened.then(onHappened, onFailed);
  }

  #steps(states: Readonly<Record<string, StepState>>): Expectation<Saga, Services> {
    for (const name of Object.keys(states)) checkName(this.#scenario.subject, name);
    return this.#with(stepsAre(states));
  }

  #with(look: Look, more: Partial<Scenario> = {}): Expectation<Saga, Services> {
    const said = {};
    Error.captureStackTrace(said, this.#with);
    const checks = [...this.#scenario.checks, { look, said }];
    return new Expectation({ ...this.#scenario, ...more, checks });
  }
}

async function verify(scenario: Scenario): Promise<Happened> {
  const happened = await play(scenario);
  const failed = scenario.checks.flatMap((check) => {
    const mismatch = check.look(happened);
    return mismatch === undefined ? [] : [{ check, mismatch }];
  });
  if (failed.length > 0) throw expectationError(failed, happened);
  return happened;
}
