import { describe, expectTypeOf, it } from "vitest";
import { z } from "zod";
import { defineConfig } from "../../src/core/definition/define-config.js";
import { defineEvent } from "../../src/core/definition/define-event.js";
import { defineSaga } from "../../src/core/definition/define-saga.js";
import { defineStep } from "../../src/core/definition/define-step.js";
import { needs } from "../../src/core/definition/needs.js";
import type { SagaInput, SagaOutput, SagaServices } from "../../src/core/definition/saga-definition.js";
import type { BackwardReason } from "../../src/core/journal/reason.js";

interface Shop {
  readonly shop: { take(id: string, key: string): Promise<{ reservation: string }> };
}
interface Post {
  readonly post: { send(to: string, key: string): Promise<{ id: string }> };
}

const Paid = defineEvent({ name: "paid", payload: z.object({ id: z.string(), cents: z.number() }) });
const Failed = defineEvent({
  name: "payment.failed",
  payload: z.object({ id: z.string(), why: z.string().transform((text) => text.length) }),
});
const head = {
  version: 1,
  input: z.object({ id: z.string(), at: z.coerce.date() }),
  id: (start: { readonly id: string }) => start.id,
};
const saga = defineSaga({ ...head, name: "shop", services: needs<Shop>() });
const run = () => 1;
const none = { run, compensate: "none" } as const;
const mail = defineStep({
  args: z.object({ to: z.string(), copies: z.number().default(1) }),
  services: needs<Post>(),
  output: z.object({ id: z.string() }),
  run: ({ args, services, idempotencyKey }) => {
    expectTypeOf(args).toEqualTypeOf<{ to: string; copies: number }>();
    return services.post.send(args.to, idempotencyKey);
  },
  compensate: ({ output, forwardKey, reason }) => {
    expectTypeOf(output).toEqualTypeOf<{ id: string } | undefined>();
    expectTypeOf(forwardKey).toEqualTypeOf<string>();
    expectTypeOf(reason).toEqualTypeOf<BackwardReason>();
  },
});

/** A type with its intersections resolved. */
type Flat<T> = { readonly [K in keyof T]: T[K] };

// The compiler is the test: `misuse.test.ts` and `npm run types` compile this file.
describe("what handlers get", () => {
  it("infers input, results and services of a step, and its output as possibly undefined", () => {
    saga
      .step("reserve", {
        output: z.object({ reservation: z.string() }),
        run: ({ input, services, results, idempotencyKey, attempt, signal, log, now, deadline }) => {
          expectTypeOf(input).toEqualTypeOf<{ id: string; at: Date }>();
          expectTypeOf(services).toEqualTypeOf<Shop>();
          expectTypeOf<keyof typeof results>().toEqualTypeOf<never>();
          expectTypeOf(attempt).toEqualTypeOf<number>();
          expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
          expectTypeOf(now).toEqualTypeOf<number>();
          expectTypeOf(deadline).toEqualTypeOf<number | undefined>();
          log("Reserving.", { attempt });
          return services.shop.take(input.id, idempotencyKey);
        },
        compensate: ({ output }) => expectTypeOf(output).toEqualTypeOf<{ reservation: string } | undefined>(),
      })
      .step("use", {
        run: ({ results }) => expectTypeOf(results.reserve).toEqualTypeOf<{ reservation: string }>(),
        compensate: ({ output }) => expectTypeOf(output).toEqualTypeOf<undefined>(),
      });
  });

  it("takes the input of an output schema from run and hands on its output", () => {
    saga
      .step("measure", {
        run: () => "four",
        output: z.string().transform((text) => text.length),
        compensate: "none",
      })
      .step("use", {
        run: ({ results }) => expectTypeOf(results.measure).toEqualTypeOf<number>(),
        compensate: "none",
      });
  });

  it("keeps literals that a schema asks for, in what run, probe and mappings return", () => {
    const kinds = z.object({ kind: z.enum(["a", "b"]), all: z.array(z.enum(["a", "b"])).optional() });
    const Sorted = defineEvent({ name: "sorted", payload: kinds });
    const sort = defineStep({ args: kinds, output: kinds, run: () => ({ kind: "a" }), compensate: "none" });
    saga
      .step("plain", { output: kinds, run: () => ({ kind: "a", all: ["b"] }), compensate: "none" })
      .step("async", { output: kinds, run: async () => ({ kind: "a", all: [] }), compensate: "none" })
      .step("either", {
        output: kinds,
        run: async ({ input }) => ({ kind: input.id === "" ? "a" : "b" }),
        compensate: "none",
        probe: async ({ input }) => ({ done: { kind: input.id === "" ? "a" : "b" } }),
      })
      .step("shared", sort, ({ input }) => ({ kind: input.id === "" ? "a" : "b" }))
      .emit("say", Sorted, () => ({ kind: "a" }), { event: Sorted, payload: () => ({ kind: "b" }) })
      .onEnd({ completed: { emit: Sorted, payload: ({ results }) => ({ kind: results.shared.kind }) } });
  });

  it("gives the payload of a wait to its id, its compensation and onLate", () => {
    saga
      .waitFor("payment", {
        event: Paid,
        id: (payment) => payment.id,
        within: { minutes: 1 },
        onLate: ({ event, results }) => {
          expectTypeOf(event).toEqualTypeOf<{ id: string; cents: number }>();
          expectTypeOf<keyof typeof results>().toEqualTypeOf<never>();
        },
        compensate: ({ event }) => expectTypeOf(event).toEqualTypeOf<{ id: string; cents: number }>(),
      })
      .build(({ results }) => expectTypeOf(results.payment).toEqualTypeOf<{ id: string; cents: number }>());
  });

  it("gives a wait for several events a tagged result, undefined where it continues", () => {
    saga
      .waitFor("answer", {
        events: {
          paid: { event: Paid, id: (payment) => payment.id },
          failed: { event: Failed, id: (failure) => failure.why.toFixed() },
        },
        within: { minutes: 1 },
        onTimeout: "continue",
        compensate: ({ event }) => {
          if (event.tag === "paid")
            expectTypeOf(event.payload).toEqualTypeOf<{ id: string; cents: number }>();
          else expectTypeOf(event.payload).toEqualTypeOf<{ id: string; why: number }>();
        },
      })
      .build(({ results }) =>
        expectTypeOf(results.answer).toEqualTypeOf<
          | { readonly tag: "paid"; readonly payload: { id: string; cents: number } }
          | { readonly tag: "failed"; readonly payload: { id: string; why: number } }
          | undefined
        >(),
      );
  });

  it("maps input and results to the args of a shared step, and adds its services to the saga's", () => {
    const built = saga
      .step("mail", mail, ({ input }) => ({ to: input.id }))
      .step("use", {
        run: ({ results }) => expectTypeOf(results.mail).toEqualTypeOf<{ id: string }>(),
        compensate: "none",
      })
      .pivot("go", { run })
      .step("mailAgain", mail, ({ results }) => ({ to: results.mail.id, copies: 2 }))
      .build();
    expectTypeOf<SagaServices<typeof built>>().toEqualTypeOf<Shop & Post>();
  });
});

describe("results", () => {
  it("keeps those of parallel branches present, and those of a choice possibly undefined", () => {
    const built = saga
      .step("first", { run, output: z.number(), compensate: "none" })
      .parallel(
        "both",
        (left) =>
          left
            .step("left", { run: ({ results }) => results.first, output: z.number(), compensate: "none" })
            .step("left2", { run: ({ results }) => results.left, output: z.number(), compensate: "none" }),
        (right) => right.step("right", mail, () => ({ to: "you" })),
      )
      .choice("way", {
        when: ({ results }) => results.left2 > 1 && results.right.id === "",
        then: (branch) => branch.step("yes", { run, output: z.number(), compensate: "none" }),
        otherwise: (branch) =>
          branch.parallel("deeper", (deep) =>
            deep.step("no", { run, output: z.number(), compensate: "none" }),
          ),
      })
      .choice("skip", { when: () => false, then: (branch) => branch.step("silent", none) })
      .build(({ results }) => results);
    expectTypeOf<Flat<SagaOutput<typeof built>>>().toEqualTypeOf<{
      readonly first: number;
      readonly left: number;
      readonly left2: number;
      readonly right: { id: string };
      readonly yes: number | undefined;
      readonly no: number | undefined;
    }>();
    expectTypeOf<SagaServices<typeof built>>().toEqualTypeOf<Shop & Post>();
  });

  it("makes those of optional steps possibly undefined, and has none without a schema", () => {
    const built = saga
      .step("maybe", { run, output: z.number(), optional: true, compensate: "none" })
      .step("silent", none)
      .sleep("nap", { until: ({ input }) => input.at })
      .build(({ results }) => results);
    expectTypeOf<Flat<SagaOutput<typeof built>>>().toEqualTypeOf<{ readonly maybe: number | undefined }>();
  });

  it("offers onEnd those that may be missing, and the reason", () => {
    saga.step("one", { run, output: z.number(), compensate: "none" }).onEnd({
      completed: { emit: Paid, payload: ({ input, results }) => ({ id: input.id, cents: results.one }) },
      compensated: {
        emit: Failed,
        payload: ({ input, results, reason }) => {
          expectTypeOf(results.one).toEqualTypeOf<number | undefined>();
          return { id: input.id, why: `${reason.kind}: ${reason.message}` };
        },
      },
      terminated: { emit: Failed, payload: ({ input, reason }) => ({ id: input.id, why: reason.message }) },
    });
  });
});

describe("a built saga", () => {
  const shop = saga.step("one", none).build();

  it("knows its name, what a start takes, its output and its services", () => {
    expectTypeOf(shop.name).toEqualTypeOf<"shop">();
    expectTypeOf<SagaInput<typeof shop>["id"]>().toEqualTypeOf<string>();
    expectTypeOf<SagaInput<typeof shop>["at"]>().toEqualTypeOf<unknown>();
    expectTypeOf<SagaOutput<typeof shop>>().toEqualTypeOf<undefined>();
    expectTypeOf<SagaServices<typeof shop>>().toEqualTypeOf<Shop>();
  });

  it("is taken by a configuration whose services are enough, at once or as a promise", () => {
    const services = { shop: { take: async (id: string) => ({ reservation: id }) }, more: 1 };
    const bare = defineSaga({ ...head, name: "bare" })
      .step("one", none)
      .build();
    defineConfig({ sagas: [shop, bare], services: () => services });
    defineConfig({ sagas: [shop], services: async () => services, lanes: "per-step", fuse: false });
    defineConfig({ sagas: [bare] });
    defineConfig({ sagas: [] });
  });
});
