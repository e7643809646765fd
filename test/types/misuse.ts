/**
 * Misuses of the builder. Each comment holds the sentence, or its beginning, that the compiler says about the
 * line below it; `misuse.test.ts` reads them. Never imported, never run.
 */
import { z } from "zod";
import { defineConfig } from "../../src/core/definition/define-config.js";
import { defineEvent } from "../../src/core/definition/define-event.js";
import { defineSaga } from "../../src/core/definition/define-saga.js";
import { defineStep } from "../../src/core/definition/define-step.js";
import { needs } from "../../src/core/definition/needs.js";

interface Stock {
  readonly stock: { readonly take: (id: string) => Promise<{ readonly taken: string }> };
}

declare const anyName: string;
const run = () => 1;
const none = { run, compensate: "none" } as const;
const input = z.object({ id: z.string() });
const head = { version: 1, input, id: (start: { readonly id: string }) => start.id };
const Paid = defineEvent({ name: "paid", payload: z.object({ id: z.string(), cents: z.number() }) });
const paid = { event: Paid, id: (payment: { readonly id: string }) => payment.id };
const final = defineStep({ args: z.object({ n: z.number() }), run });

const empty = defineSaga({ ...head, name: "shop", services: needs<Stock>() });
const begun = empty.step("one", {
  run: () => ({ a: 1 }),
  output: z.object({ a: z.number() }),
  compensate: "none",
});
const past = begun.pivot("go", { run: () => "x", output: z.string() });

// How a step is undone.

// @ts-expect-error Before the pivot a step says how it is undone: compensate is a function,
begun.step("two", { run });
// @ts-expect-error Before the pivot a wait says how an accepted event is undone: compensate is a function or
begun.waitFor("two", paid);
// @ts-expect-error is not assignable to type '"none" | "readOnly" | ((context: CompensateContext<
begun.step("two", { run, compensate: "nothing" });
// @ts-expect-error 'output' is possibly 'undefined'.
begun.step("two", { run, output: z.number(), compensate: ({ output }) => output.toFixed() });
// @ts-expect-error From the pivot on nothing is undone: leave compensate out, the step is retried instead.
past.step("two", { run, compensate: ({ input }) => input });
// @ts-expect-error From the pivot on nothing is undone: leave compensate out, the step is retried instead.
past.step("two", { run, compensate: "none" });
// @ts-expect-error From the pivot on nothing is undone: leave compensate out, the step is retried instead.
past.step("two", { run, compensateRetry: { attempts: 2 } });
// @ts-expect-error From the pivot on nothing is undone: leave compensate out, the step is retried instead.
past.waitFor("two", { ...paid, compensate: ({ event }) => event });
// @ts-expect-error From the pivot on nothing is undone: leave compensate out, the step is retried instead.
begun.pivot("two", { run, compensate: "none" });
// @ts-expect-error From the pivot on nothing is undone: leave compensate out, the step is retried instead.
past.parallel("fork", (branch) => branch.step("two", { run, compensate: "none" }));
// @ts-expect-error Before the pivot a step says how it is undone: compensate is a function,
begun.parallel("fork", (branch) => branch.step("two", { run }));
// @ts-expect-error This step has no compensate, so it can stand after the pivot only.
begun.step("two", final, () => ({ n: 1 }));

// The pivot.

// @ts-expect-error A saga has one pivot, and this one has it already: make this a step.
past.pivot("again", { run });
// @ts-expect-error A branch has no pivot: the point of no return belongs to the whole saga.
begun.parallel("fork", (branch) => branch.pivot("inner", { run }));
// @ts-expect-error A branch has no pivot: the point of no return belongs to the whole saga.
past.choice("fork", { when: () => true, then: (branch) => branch.pivot("inner", { run }) });
// @ts-expect-error 'optional' does not exist in type 'PivotOptions<
begun.pivot("two", { run, optional: true });

// Names.

// @ts-expect-error The name \"one\" is taken: names are unique over the whole saga,
begun.step("one", none);
// @ts-expect-error The name \"one\" is taken: names are unique over the whole saga,
begun.sleep("one", { seconds: 1 });
// @ts-expect-error The name \"one\" is taken: names are unique over the whole saga,
begun.parallel("fork", (branch) => branch.step("one", none));
// @ts-expect-error The name \"fork\" is taken: names are unique over the whole saga,
begun.parallel("fork", (branch) => branch.step("fork", none));
// @ts-expect-error The name \"inner\" is taken: names are unique over the whole saga,
begun.parallel("fork", (branch) => branch.step("inner", none)).step("inner", none);
begun.parallel(
  // @ts-expect-error Two branches have a step named \"same\": names are unique over the whole saga,
  "fork",
  (left) => left.step("same", none),
  (right) => right.step("same", none),
);
// @ts-expect-error A step's name is a literal, such as \"reserve\": its result gets that name.
begun.step(anyName, none);
// @ts-expect-error A step's name is a literal, such as \"reserve\": its result gets that name.
begun.step(`step-${anyName}`, none);

// Results.

// @ts-expect-error Property 'later' does not exist on type 'EarlierResults & { readonly one:
begun.step("two", { run: ({ results }) => results.later, compensate: "none" });
// @ts-expect-error Property 'later' does not exist on type 'EarlierResults'.
empty.step("one", { run: ({ results }) => results.later, compensate: "none" });
// @ts-expect-error Property 'two' does not exist on type
begun.step("two", none).build(({ results }) => results.two);
// @ts-expect-error 'results.two' is possibly 'undefined'.
past.step("two", { run, output: z.number(), optional: true }).build(({ results }) => results.two.toFixed());
past
  .waitFor("two", { ...paid, within: { days: 1 }, onTimeout: "continue" })
  // @ts-expect-error 'results.two' is possibly 'undefined'.
  .build(({ results }) => results.two.id);
// @ts-expect-error Type 'number' is not assignable to type 'string'.
begun.step("two", { run: () => ({ b: 1 }), output: z.object({ b: z.string() }), compensate: "none" });
// @ts-expect-error Property 'b' is missing in type '{ c: 1; }' but required in type '{ b: string; }'.
begun.step("two", { run: async () => ({ c: 1 }), output: z.object({ b: z.string() }), compensate: "none" });
// @ts-expect-error Types of property 'done' are incompatible.
past.step("two", { run, output: z.number(), probe: () => ({ done: "yes" }) });

// Domain events.

// @ts-expect-error Property 'cents' is missing in type '{ id: "1"; }' but required in type
past.emit("say", Paid, () => ({ id: "1" }));
// @ts-expect-error Type 'string' is not assignable to type 'number'.
past.emit("say", Paid, ({ results }) => ({ id: results.go, cents: results.go }));
// @ts-expect-error Before the pivot emit has a fourth argument, how it is taken back: { event, payload } or
begun.emit("say", Paid, () => ({ id: "1", cents: 1 }));
// @ts-expect-error Property 'cents' is missing in type '{ id: "1"; }' but required in type
begun.emit("say", Paid, () => ({ id: "1", cents: 1 }), { event: Paid, payload: () => ({ id: "1" }) });
// @ts-expect-error After the pivot an emitted event is not taken back: leave the fourth argument out.
past.emit("say", Paid, () => ({ id: "1", cents: 1 }), "none");
// @ts-expect-error Type 'number' is not assignable to type 'string'.
past.onEnd({ completed: { emit: Paid, payload: () => ({ id: 1, cents: 1 }) } });
// @ts-expect-error Property 'ident' does not exist on type '{ id: string; cents: number; }'.
past.waitFor("two", { event: Paid, id: (payment) => payment.ident });
// @ts-expect-error Type 'number' is not assignable to type 'string'.
past.waitFor("two", { event: Paid, id: (payment) => payment.cents });
// @ts-expect-error Type '"compensate"' is not assignable to type '"continue" | "park"'.
past.waitFor("two", { ...paid, within: { days: 1 }, onTimeout: "compensate" });
// @ts-expect-error is missing the following properties from type 'SingleEvent<never>': event, id
past.waitFor("two", { within: { days: 1 } });

// Retries and times.

// @ts-expect-error Type '"forever"' is not assignable to type 'number | "unlimited" | undefined'.
past.step("two", { run, retry: { attempts: "forever" } });
// @ts-expect-error 'refused' does not exist in type 'RetryOptions'.
begun.step("two", { run, compensate: () => 1, compensateRetry: { refused: [{ days: 1 }] } });
// @ts-expect-error Type 'number' has no properties in common with type 'Duration'.
past.step("two", { run, timeout: 10 });
// @ts-expect-error 'second' does not exist in type 'Duration'. Did you mean to write 'seconds'?
past.step("two", { run, timeout: { second: 10 } });
// @ts-expect-error 'retries' does not exist in type 'StepOptions<
past.step("two", { run, retries: 3 });

// Finishing.

// @ts-expect-error Type 'NotHere<"A saga has at least one step.">' has no call signatures.
empty.build();
// @ts-expect-error Type 'NotHere<"A branch is returned as it is: build and onEnd belong to
begun.parallel("fork", (branch) => branch.step("two", none).build());
// @ts-expect-error Type 'undefined' is not assignable to type 'AnyBranch'.
begun.parallel("fork", (branch) => void branch.step("two", none));

// Services.

const shop = past.build();
const bank = defineSaga({
  ...head,
  name: "bank",
  services: needs<{ readonly bank: { readonly open: boolean } }>(),
})
  .pivot("pay", { run: ({ services }) => services.bank.open })
  .build();
const stock = { take: async (id: string) => ({ taken: id }) };

// @ts-expect-error Property 'bank' does not exist on type 'Stock'.
past.step("two", { run: ({ services }) => services.bank });
// @ts-expect-error Property 'stock' does not exist on type 'NoServices'.
defineSaga({ ...head, name: "bare" }).pivot("two", { run: ({ services }) => services.stock });
// @ts-expect-error The services have no \"bank\", which the saga \"bank\" needs.
defineConfig({ sagas: [shop, bank], services: () => ({ stock }) });
// @ts-expect-error The services have no \"bank\", which the saga \"bank\" needs.
defineConfig({ sagas: [shop, bank], services: async () => ({ stock }) });
// @ts-expect-error Property 'services' is missing
defineConfig({ sagas: [shop] });
// @ts-expect-error The services have no \"stock\", which the saga \"shop\" needs.
defineConfig({ sagas: [shop] });
// @ts-expect-error Types of property 'stock' are incompatible.
defineConfig({ sagas: [shop], services: () => ({ stock: 1 }) });
// @ts-expect-error is missing the following properties from type 'AnySaga'
defineConfig({ sagas: [past], services: () => ({ stock }) });
// @ts-expect-error 'lane' does not exist in type 'ConfigOptions
defineConfig({ sagas: [shop], services: () => ({ stock }), lane: "shared" });
