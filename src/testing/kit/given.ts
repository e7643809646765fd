import type { Lanes, ServicesOf } from "../../core/definition/define-config.js";
import type { AnySaga } from "../../core/definition/nodes.js";
import type { SagaInput } from "../../core/definition/saga-definition.js";
import { createRegistry } from "../../runtime/registry.js";
import { toStored } from "../../runtime/schema.js";
import type { HandlerPhase } from "../handlers/wrap-handlers.js";
import { type AnswersOf, createAnswers, type PlainAnswers, type ProbeAnswers } from "./answer.js";
import type { OutputSchema, Returned, StepName, UndoneName, WaitName } from "./names.js";
import { answering, checkHandler, type Scenario } from "./scenario.js";
import { When } from "./when.js";

/** What a scenario is played with. */
export interface GivenOptions<Others extends readonly AnySaga[], Services> {
  /**
   * What handlers get that run their own code; those that are not needed may be left out. A function makes
   * them anew for every run, so that tests can share a beginning. Default none.
   */
  readonly services?: Services | (() => Services);
  /** Further sagas in the same world: they get the domain events that are published. Default none. */
  readonly sagas?: Others;
  /** As in `defineConfig`. Default `"shared"`. */
  readonly lanes?: Lanes;
  /** As in `defineConfig`. Default true. */
  readonly fuse?: boolean;
}

/**
 * The first part of a scenario: an input, and what handlers answer. Every call returns a new one and changes
 * nothing, so that tests can share a beginning.
 */
export class Given<Saga extends AnySaga, Services> {
  readonly #scenario: Scenario;

  /** @param scenario all that was said before */
  constructor(scenario: Scenario) {
    this.#scenario = scenario;
  }

  /**
   * What the instance is started with.
   * @throws SagaError NOT_JSON, SCHEMA_MISMATCH
   */
  input(input: SagaInput<Saga>): Given<Saga, Services> {
    const { saga } = this.#scenario.subject;
    return new Given({ ...this.#scenario, input: toStored(saga.input, input, `input of "${saga.name}"`) });
  }

  /**
   * What a step's `run` answers in place of its own code. Further lines about the same step are its further
   * answers; after one that holds for ever a further line starts anew.
   * @throws SagaError TEST_INVALID if the saga has no such step
   */
  step<const Name extends StepName<Saga>>(name: Name): AnswersOf<Saga, Name, Given<Saga, Services>> {
    return this.#answers(name, "run") as AnswersOf<Saga, Name, Given<Saga, Services>>;
  }

  /**
   * What a step's `probe` answers.
   * @throws SagaError TEST_INVALID if it has none
   */
  probe<const Name extends StepName<Saga>>(
    name: Name,
  ): ProbeAnswers<Returned<OutputSchema<Saga, Name>>, Given<Saga, Services>> {
    return this.#answers(name, "probe");
  }

  /**
   * What the `compensate` of a step or wait answers.
   * @throws SagaError TEST_INVALID if it has none
   */
  compensation(name: UndoneName<Saga>): PlainAnswers<Given<Saga, Services>> {
    return this.#answers(name, "undo");
  }

  /**
   * What a wait's `onLate` answers.
   * @throws SagaError TEST_INVALID if it has none
   */
  onLate(name: WaitName<Saga>): PlainAnswers<Given<Saga, Services>> {
    return this.#answers(name, "late");
  }

  /** Goes on to what happens. */
  when(): When<Saga, Services> {
    return new When(this.#scenario);
  }

  #answers(step: string, phase: HandlerPhase) {
    checkHandler(this.#scenario.subject, step, phase);
    return createAnswers(
      step,
      (answer, times) => new Given<Saga, Services>(answering(this.#scenario, step, phase, answer, times)),
    );
  }
}

/**
 * Begins a scenario: given a saga, when this happens, expect that. The real runtime plays it, in memory and
 * in virtual time.
 *
 * @throws SagaError TEST_INVALID, DEFINITION_INVALID
 * @example
 * await given(order)
 *   .input({ orderId: "o-1", sku: "mug", quantity: 1, cents: 500 })
 *   .step("reserveStock").refuses("sold out")
 *   .when().started()
 *   .expect().status("compensated").reason("sold out").notStarted(["createOrder"]);
 */
export function given<
  Saga extends AnySaga,
  const Others extends readonly AnySaga[] = readonly [],
  Services extends Partial<ServicesOf<Saga | Others[number]>> | undefined = undefined,
>(saga: Saga, options: GivenOptions<Others, Services> = {}): Given<Saga, Services> {
  const { services, sagas: others = [], lanes, fuse } = options;
  const settings = {
    ...(lanes === undefined ? {} : { lanes }),
    ...(fuse === undefined ? {} : { fuse }),
  };
  const subject = createRegistry([saga], settings).latest(saga.name);
  return new Given({
    subject,
    others,
    services,
    settings,
    script: [],
    happenings: [],
    checks: [],
    mayRefuse: false,
  });
}
