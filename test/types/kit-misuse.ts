/**
 * Misuses of the test kit. Each comment holds what the compiler says about the line below it;
 * `misuse.test.ts` reads them. Never imported, never run.
 */
import { z } from "zod";
import { defineEvent } from "../../src/core/definition/define-event.js";
import { defineSaga } from "../../src/core/definition/define-saga.js";
import { needs } from "../../src/core/definition/needs.js";
import { given } from "../../src/testing/kit/given.js";

interface Shop {
  readonly shop: { take(id: string): Promise<{ readonly taken: string }>; give(id: string): Promise<void> };
}

const Paid = defineEvent({ name: "paid", payload: z.object({ id: z.string(), cents: z.number() }) });
const output = z.object({ taken: z.string(), at: z.date().optional() });
const saga = defineSaga({
  name: "shop",
  version: 1,
  input: z.object({ id: z.string() }),
  services: needs<Shop>(),
  id: ({ id }) => id,
})
  .step("take", {
    output,
    run: ({ input, services }) => services.shop.take(input.id),
    compensate: ({ input, services }) => services.shop.give(input.id),
  })
  .step("note", { run: () => 1, compensate: "none" })
  .parallel("fork", (branch) => branch.step("left", { run: () => 2, output: z.number(), compensate: "none" }))
  .waitFor("payment", { event: Paid, id: ({ id }) => id, compensate: "none" })
  .pivot("charge", { run: () => "c", output: z.string(), probe: () => "unknown" })
  .emit("tell", Paid, ({ input }) => ({ id: input.id, cents: 1 }))
  .build(({ results }) => ({ charge: results.charge, left: results.left }));

const shop = given(saga).input({ id: "o-1" });

// The right use.

shop.step("take").returns({ taken: "a" }).step("left").returns(2).step("note").succeeds().when();
shop.probe("charge").finds("c").compensation("take").succeeds().onLate("payment").hangs();
given(saga, { services: { shop: { take: async () => ({ taken: "a" }), give: async () => undefined } } });
given(saga, {
  services: () => ({ shop: { take: async () => ({ taken: "a" }), give: async () => undefined } }),
});
const happened = await shop
  .when()
  .started()
  .expect()
  .output({ charge: "c", left: 2 })
  .steps({ tell: "done" });
happened.steps.take.attempts satisfies number;
happened.output?.left satisfies number | undefined;
happened.services satisfies undefined;

// Names.

// @ts-expect-error Argument of type '"tak"' is not assignable to parameter of type
shop.step("tak");
// @ts-expect-error Argument of type '"payment"' is not assignable to parameter of type
shop.step("payment");
// @ts-expect-error Argument of type '"tell"' is not assignable to parameter of type
shop.step("tell");
// @ts-expect-error Argument of type '"charge"' is not assignable to parameter of type
shop.compensation("charge");
// @ts-expect-error Argument of type '"take"' is not assignable to parameter of type '"payment"'.
shop.onLate("take");
// @ts-expect-error Type '"tak"' is not assignable to type
shop.when().expect().compensated(["tak"]);
// @ts-expect-error Argument of type '"run payment"' is not assignable to parameter of type
shop.when().expect().called("run payment");
// @ts-expect-error Argument of type '"undo charge"' is not assignable to parameter of type
shop.when().expect().notCalled("undo charge");
// @ts-expect-error 'tak' does not exist in type
shop.when().expect().steps({ tak: "done" });
// @ts-expect-error Property 'tak' does not exist on type
happened.steps.tak;

// Values.

// @ts-expect-error Type 'number' is not assignable to type 'string'.
given(saga).input({ id: 1 });
// @ts-expect-error Property 'taken' is missing in type '{}' but required in type
shop.step("take").returns({});
// @ts-expect-error Argument of type 'string' is not assignable to parameter of type 'number'.
shop.step("left").returns("two");
// @ts-expect-error Property 'returns' does not exist on type 'PlainAnswers<
shop.step("note").returns(1);
// @ts-expect-error Property 'succeeds' does not exist on type 'OutputAnswers<
shop.step("take").succeeds();
// @ts-expect-error Argument of type 'number' is not assignable to parameter of type 'string'.
shop.probe("charge").finds(1);
// @ts-expect-error Argument of type '"gone"' is not assignable to parameter of type '"absent" | "unknown"'.
shop.probe("charge").answers("gone");
// @ts-expect-error Property 'cents' is missing in type '{ id: string; }' but required in type
shop.when().receives(Paid, { id: "o-1" });
// @ts-expect-error Type 'string' is not assignable to type 'number'.
shop.when().expect().published(Paid, { cents: "5" });
// @ts-expect-error Type 'number' is not assignable to type 'string'.
shop.when().expect().output({ charge: 1, left: 2 });
// @ts-expect-error Argument of type '"finished"' is not assignable to parameter of type 'Status'.
shop.when().expect().status("finished");
// @ts-expect-error Type 'number' is not assignable to type
given(saga, { services: { shop: 1 } });
// @ts-expect-error 'shelf' does not exist in type 'Partial<Shop>
given(saga, { services: { shelf: 1 } });

// Phases.

// @ts-expect-error Property 'step' does not exist on type 'When<
shop.when().step("take");
// @ts-expect-error Property 'started' does not exist on type 'Expectation<
shop.when().expect().started();
