import { defineEvent, defineSaga, needs } from "backstep";
import { createMemoryWorld } from "backstep/testing";
import { z } from "zod";
import { checkEvidence } from "../../../../src/testing/checks/check-evidence.js";
import { type CollectOptions, collectEvidence } from "../../../../src/testing/checks/collect-evidence.js";
import type { Effect, Evidence } from "../../../../src/testing/checks/evidence.js";
import { CallLedger } from "../../../../src/testing/handlers/call-ledger.js";
import { type HandlerWrapper, wrapHandlers } from "../../../../src/testing/handlers/wrap-handlers.js";
import { Participants, type Script, type Setup, shop } from "../../runtime/shop.js";

const Said = defineEvent({ name: "said", payload: z.object({ id: z.string() }) });
const Unsaid = defineEvent({ name: "unsaid", payload: z.object({ id: z.string() }) });

/** A step that calls its participant by its own name, and takes it back by `undo <name>`. */
function calls(name: string) {
  type Context = { services: { shop: Participants }; idempotencyKey: string; signal: AbortSignal };
  type Undo = { services: { shop: Participants }; forwardKey: string };
  return {
    output: z.string(),
    run: ({ services, idempotencyKey, signal }: Context) => services.shop.call(name, idempotencyKey, signal),
    compensate: ({ services, forwardKey }: Undo): Promise<unknown> =>
      services.shop.call(`undo ${name}`, forwardKey),
  };
}

/** Everything that the shop has not: branches, a choice, a sleep, an emit, special steps. */
export const fair = defineSaga({
  name: "fair",
  version: 1,
  input: z.object({ id: z.string(), big: z.boolean() }),
  services: needs<{ readonly shop: Participants }>(),
  id: ({ id }) => id,
})
  .emit("say", Said, ({ input }) => ({ id: input.id }), {
    event: Unsaid,
    payload: ({ input }) => ({ id: input.id }),
  })
  .parallel(
    "fork",
    (b) => b.step("left", calls("left")).step("left2", calls("left2")),
    (b) => b.step("right", { ...calls("right"), retry: { attempts: 2 } }),
  )
  .choice("size", {
    when: ({ input }) => input.big,
    then: (b) => b.step("heavy", calls("heavy")),
    otherwise: (b) => b.step("light", calls("light")),
  })
  .step("once", { ...calls("once"), atMostOnce: true })
  .step("extra", { ...calls("extra"), optional: true })
  .step("look", { ...calls("look"), compensate: "readOnly" })
  .step("dun", { ...calls("dun"), retry: { refused: [{ minutes: 1 }, { minutes: 2 }] } })
  .sleep("nap", { hours: 1 })
  .step("last", calls("last"))
  .build(({ results }) => results.last);

/** A world whose participants' calls are in a ledger. */
export function openWorld(
  setup: Setup,
  script: Script = {},
  more: Omit<Parameters<typeof createMemoryWorld>[0], "sagas" | "services"> = {},
) {
  const ledger = new CallLedger();
  const participants = new Participants(script);
  const wrapper: HandlerWrapper = async (call, handle) => {
    const place = ledger.begin(call, world.clock.now());
    const answer = await ledger.carryOut(place, handle);
    ledger.answered(place);
    return answer;
  };
  const { lanes, fuse } = setup;
  const sagas = [shop, fair].map((saga) => wrapHandlers(saga, wrapper));
  const world = createMemoryWorld({ ...more, sagas, services: { shop: participants }, lanes, fuse });
  const accepted: { ref: { saga: string; id: string }; mail: string }[] = [];
  const commands: { ref: { saga: string; id: string }; commandId: string }[] = [];
  return {
    world,
    pay: async (payment = "p-1") => {
      const { instances } = await world.signal("paid", { id: "o-1", payment }, { eventId: payment });
      for (const { saga, id } of instances) accepted.push({ ref: { saga, id }, mail: payment });
      await world.settle();
    },
    command: async (
      ref: { saga: string; id: string },
      command: Parameters<typeof world.client.command>[1],
      commandId = `${command.kind} ${commands.length}`,
    ) => {
      const { applied } = await world.client.command(ref, command, { actor: { user: "ann" }, commandId });
      if (applied) commands.push({ ref, commandId });
      await world.settle();
    },
    evidence: (options: Partial<CollectOptions> = {}): Evidence =>
      collectEvidence(world, { ledger, accepted, commands, effects: booksOf(ledger), ...options }),
  };
}

/** The books of participants that are idempotent: one effect a key and direction. */
function booksOf({ records }: CallLedger): readonly Effect[] {
  const seen = new Set<string>();
  return records.flatMap(({ ref, step, phase, key, forwardKey, came }) => {
    if (came !== "done" || step === "payment" || step === "look" || phase === "probe") return [];
    if (seen.size === seen.add(key).size) return [];
    const direction = phase === "undo" ? "undo" : "forward";
    return [{ ref, step, direction, key: forwardKey ?? key } as const];
  });
}

/** What is wrong, as `<guarantee>: <message>`. */
export function wrongs(evidence: Evidence): readonly string[] {
  return checkEvidence(evidence).map(({ guarantee, message }) => `${guarantee}: ${message}`);
}
