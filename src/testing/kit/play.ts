import { mailTarget } from "../../core/decide/mail.js";
import { describeSteps } from "../../core/journal/describe-steps.js";
import type { PublishedEvent } from "../../core/journal/entry.js";
import { reasonOf, statusOf } from "../../core/journal/status.js";
import { isSagaError, type SagaError } from "../../errors/saga-error.js";
import type { InstanceRef } from "../../ports/saga-store.js";
import { CallLedger } from "../handlers/call-ledger.js";
import { wrapHandlers } from "../handlers/wrap-handlers.js";
import { createMemoryWorld, type MemoryWorld } from "../memory-world.js";
import { VirtualClock, virtualEpoch } from "../virtual-clock.js";
import type { Happened } from "./happened.js";
import { awaits, type Happening, type Scenario, testInvalid } from "./scenario.js";
import { createScriptedHandlers, type ScriptedHandlers } from "./scripted-handlers.js";

/** One run of a scenario. */
interface Play {
  readonly scenario: Scenario;
  readonly world: MemoryWorld;
  readonly handlers: ScriptedHandlers;
  readonly ledger: CallLedger;
  readonly services: unknown;
  readonly ref: InstanceRef;
  readonly refusals: SagaError[];
}

/**
 * Lets everything of a scenario happen, in a world of its own.
 * @throws SagaError TEST_INVALID, and the first refusal of a command that the scenario does not expect
 */
export async function play(scenario: Scenario): Promise<Happened> {
  const running = begin(scenario);
  for (const happening of scenario.happenings) {
    await letHappen(running, happening);
    await running.world.settle();
    running.handlers.check();
  }
  const [refused] = running.refusals;
  if (refused !== undefined && !scenario.mayRefuse) throw refused;
  return whatHappened(running);
}

function begin(scenario: Scenario): Play {
  const { subject, others, services: given, settings, script, input, happenings } = scenario;
  const { saga } = subject;
  if (input === undefined) throw testInvalid("The scenario has no input.", "Add .input(…) before .when().");
  if (!happenings.some(({ kind }) => kind === "start")) {
    throw testInvalid(`The saga "${saga.name}" is never started.`, "Add .started() after .when().");
  }
  const services = typeof given === "function" ? given() : given;
  const ledger = new CallLedger();
  const clock = new VirtualClock(virtualEpoch, { isBusy: () => handlers.isBusy() });
  const handlers = createScriptedHandlers(saga.name, script, services, clock, ledger);
  const sagas = [saga, ...others].map((one) => wrapHandlers(one, handlers.wrap));
  const world = createMemoryWorld({ ...settings, sagas, services: handlers.services, clock });
  const ref = { saga: saga.name, id: saga.id(saga.input.parse(input)) as string };
  return { scenario, world, handlers, ledger, services, ref, refusals: [] };
}

async function letHappen({ scenario, world, ref, refusals }: Play, happening: Happening): Promise<void> {
  switch (happening.kind) {
    case "start":
      await world.start(ref.saga, scenario.input);
      return;
    case "time":
      return world.advance(happening.duration);
    case "event":
      return signal(world, scenario, ref, happening);
    case "command": {
      const { command, reason } = happening;
      const given = { actor: { user: "test" }, ...(reason === undefined ? {} : { reason }) };
      try {
        await world.client.command(ref, command, given);
      } catch (error) {
        if (!isSagaError(error, "COMMAND_REFUSED")) throw error;
        refusals.push(error);
      }
    }
  }
}

async function signal(
  world: MemoryWorld,
  { subject }: Scenario,
  ref: InstanceRef,
  { event, payload, eventId }: Extract<Happening, { kind: "event" }>,
): Promise<void> {
  const { instances } = await world.signal(event.name, payload, eventId === undefined ? {} : { eventId });
  if (!awaits(subject, event.name) || instances.some(({ saga, id }) => saga === ref.saga && id === ref.id)) {
    return;
  }
  const found = instances.map(({ saga, id }) => `${saga}/${id}`).join(", ");
  const own = `${ref.saga}/${ref.id}`;
  const problem = `The domain event "${event.name}" is for ${found}, but the scenario is about ${own}.`;
  throw testInvalid(problem, "Let the event's payload name the instance that the input names.");
}

async function whatHappened({ world, ledger, services, ref, refusals }: Play): Promise<Happened> {
  const instance = await world.client.get(ref);
  const { head, entries, mail, state } = instance;
  const { plan } = world.registry.of(head.origin);
  const reason = reasonOf(state);
  const output = state.ended?.output;
  const changes = entries.flatMap((entry) => entry.changes);
  const isUnclaimed = (letter: (typeof mail)[number]) => mailTarget(plan, state, letter).kind === "unclaimed";
  return {
    ...instance,
    ref,
    status: statusOf(state),
    ...(reason === undefined ? {} : { reason }),
    ...(output === undefined ? {} : { output }),
    steps: Object.fromEntries(describeSteps(plan, head.origin, entries, state, world.clock.now())),
    compensated: changes.flatMap((change) =>
      change.kind === "undone" && change.as === "compensated" ? [change.step] : [],
    ),
    calls: ledger.records,
    published: publishedBy(world, ref),
    unclaimed: mail.filter(isUnclaimed),
    refusals,
    services,
    world,
  };
}

function publishedBy(world: MemoryWorld, { saga, id }: InstanceRef): readonly PublishedEvent[] {
  const own = world.bus.published.filter(({ from }) => from.saga === saga && from.id === id);
  return [...new Map(own.map(({ event }) => [event.id, event])).values()];
}
