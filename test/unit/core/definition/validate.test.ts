import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineEvent } from "../../../../src/core/definition/define-event.js";
import { defineSaga } from "../../../../src/core/definition/define-saga.js";
import { defineStep } from "../../../../src/core/definition/define-step.js";
import { SagaError } from "../../../../src/errors/saga-error.js";

/** The builder as plain JavaScript sees it. */
interface Plain {
  step(...args: unknown[]): Plain;
  pivot(...args: unknown[]): Plain;
  waitFor(...args: unknown[]): Plain;
  sleep(...args: unknown[]): Plain;
  emit(...args: unknown[]): Plain;
  parallel(...args: unknown[]): Plain;
  choice(...args: unknown[]): Plain;
  onEnd(...args: unknown[]): Plain;
  build(...args: unknown[]): unknown;
}
const plainSaga = defineSaga as unknown as (options?: unknown) => Plain;
const plainEvent = defineEvent as unknown as (options?: unknown) => unknown;
const plainStep = defineStep as unknown as (options?: unknown) => unknown;

const handler = () => 1;
const none = { run: handler, compensate: "none" };
const input = z.object({ id: z.string() });
const options = { name: "order", version: 1, input, id: handler };
const Paid = defineEvent({ name: "paid", payload: input });
const paid = { event: Paid, id: handler };
const saga = plainSaga(options);
const begun = saga.step("one", none);
const past = begun.pivot("go", { run: handler });

/** What a call throws, as `problem fix`. */
function thrownBy(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof SagaError) return `${error.code}: ${error.problem} ${error.fix}`;
    throw error;
  }
  return "nothing";
}

function wrongStep(wrong: object): () => unknown {
  return () => saga.step("one", { ...none, ...wrong }).build();
}

const invalid: Readonly<Record<string, readonly (readonly [call: () => unknown, problem: string])[]>> = {
  "the saga itself": [
    [
      () => plainSaga(),
      'The argument of defineSaga is "undefined", not an object. Pass an object with name,',
    ],
    [() => plainSaga("order"), 'The argument of defineSaga is "order", not an object.'],
    [
      () => plainSaga({ ...options, retries: 1 }),
      'The argument of defineSaga has the option "retries", which does',
    ],
    [
      () => plainSaga({ ...options, services: {} }),
      'The services of the saga "order" are an object, not what needs()',
    ],
    [
      () =>
        plainSaga({ ...options, name: "1st" })
          .step("one", none)
          .build(),
      'The name of a saga is "1st". Use 1 to 64',
    ],
    [
      () =>
        plainSaga({ ...options, name: undefined })
          .step("one", none)
          .build(),
      'The name of a saga is "undefined".',
    ],
    [
      () =>
        plainSaga({ ...options, version: 0 })
          .step("one", none)
          .build(),
      'The saga "order" has the version "0".',
    ],
    [
      () =>
        plainSaga({ ...options, version: 1.5 })
          .step("one", none)
          .build(),
      'The saga "order" has the version "1.5".',
    ],
    [
      () =>
        plainSaga({ ...options, version: "1" })
          .step("one", none)
          .build(),
      'The saga "order" has the version "1".',
    ],
    [
      () =>
        plainSaga({ ...options, input: {} })
          .step("one", none)
          .build(),
      'The input of the saga "order" is an object,',
    ],
    [
      () =>
        plainSaga({ ...options, id: "id" })
          .step("one", none)
          .build(),
      'The id of the saga "order" is "id", not a',
    ],
    [() => begun.build("output"), 'The argument of build of the saga "order" is "output", not a function.'],
    [() => saga.build(), 'The saga "order" has no steps. Give it at least one.'],
    [
      () =>
        plainSaga({ ...options, deadline: { hours: 0 } })
          .step("one", none)
          .build(),
      "has a deadline of zero.",
    ],
    [
      () =>
        plainSaga({ ...options, tags: { customer: "c-1" } })
          .step("one", none)
          .build(),
      'The tags of the saga "order" is an object, not a function.',
    ],
    ...["cardNumber", [""], [7], Array(101).fill("x")].map((redact): [() => unknown, string] => [
      () =>
        plainSaga({ ...options, redact })
          .step("one", none)
          .build(),
      'The saga "order" has a redact that is none',
    ]),
  ],
  names: [
    [
      () => saga.step("a b", none).build(),
      'The name of a step of the saga "order" is "a b". Use 1 to 64 letters,',
    ],
    [() => saga.step("a".repeat(65), none).build(), "Use 1 to 64 letters, digits, _ and -, a letter first."],
    [() => saga.step(7, none).build(), 'The name of a step of the saga "order" is "7".'],
    [() => saga.step("__proto__", none).build(), 'is "__proto__". Use 1 to 64'],
    [() => saga.step("toString", none).build(), 'is "toString", which every JavaScript object has.'],
    [
      () => begun.sleep("one", { seconds: 1 }).build(),
      'The sleep "one" of the saga "order" has a name that is taken.',
    ],
    [
      () =>
        saga
          .parallel(
            "fork",
            (b: Plain) => b.step("x", none),
            (b: Plain) => b.step("x", none),
          )
          .build(),
      'The step "x" of the saga "order" has a name that is taken. Choose another: names are unique over the',
    ],
    [
      () => saga.choice("x", { when: handler, then: (b: Plain) => b.step("x", none) }).build(),
      'The step "x" of the saga "order" has a name that is taken.',
    ],
  ],
  "the options of a step": [
    [() => saga.step("one"), 'The step "one" is "undefined", not an object. Pass an object with run,'],
    [wrongStep({ retires: 1 }), 'The step "one" has the option "retires", which does not exist. Use run,'],
    [
      wrongStep({ run: undefined }),
      'The step "one" of the saga "order": its run is "undefined", not a function.',
    ],
    [
      wrongStep({ output: { parse: handler } }),
      "its output is an object, not a zod schema. Pass a zod 4 schema",
    ],
    [wrongStep({ probe: 1 }), 'its probe is "1", not a function.'],
    [wrongStep({ lane: "my lane" }), 'its lane is "my lane".'],
    [wrongStep({ permissions: "ses:SendEmail" }), 'its permissions are "ses:SendEmail". List them'],
    [wrongStep({ permissions: [{ actions: ["ses:SendEmail"] }] }), "the resources are"],
    [wrongStep({ permissions: [{ actions: ["send"], resources: ["*"] }] }), 'the actions have "send".'],
    [wrongStep({ permissions: [{ actions: ["ses:SendEmail"], resources: ["us"] }] }), 'have "us".'],
    [
      wrongStep({ optional: "yes" }),
      'The step "one" of the saga "order" has "yes" as its optional. Use true or false.',
    ],
    [wrongStep({ atMostOnce: 1 }), 'has "1" as its atMostOnce.'],
    [wrongStep({ fuse: null }), 'has "null" as its fuse.'],
    [wrongStep({ timeout: { seconds: 0 } }), "has a timeout of zero. Make it longer, or leave it out."],
    [wrongStep({ atMostOnce: true, retry: { attempts: 2 } }), 'is called at most once and has "2" attempts.'],
  ],
  retries: [
    [wrongStep({ retry: 3 }), 'The step "one" of the saga "order": its retry is "3", not an object.'],
    [wrongStep({ retry: { times: 3 } }), 'its retry has the option "times", which does not exist.'],
    [wrongStep({ retry: { attempts: 0 } }), 'has "0" attempts in its retry. Use 1 to 1000, or "unlimited".'],
    [wrongStep({ retry: { attempts: 1_001 } }), 'has "1001" attempts in its retry.'],
    [wrongStep({ retry: { attempts: 2.5 } }), 'has "2.5" attempts in its retry.'],
    [wrongStep({ retry: { attempts: "forever" } }), 'has "forever" attempts in its retry.'],
    [wrongStep({ retry: { backoff: 2 } }), 'the backoff of its retry is "2", not an object.'],
    [
      wrongStep({ retry: { backoff: { factor: 0.5 } } }),
      'has "0.5" as its retry.backoff.factor. Use a number from 1 to',
    ],
    [
      wrongStep({ retry: { backoff: { jitter: 2 } } }),
      'has "2" as its retry.backoff.jitter. Use a number from 0 to 1.',
    ],
    [wrongStep({ retry: { backoff: { jitter: Number.NaN } } }), 'has "NaN" as its retry.backoff.jitter.'],
    [
      wrongStep({ retry: { refused: { days: 1 } } }),
      "has an object as its retry.refused. Use an array of at most 1000",
    ],
    [
      wrongStep({ compensate: handler, compensateRetry: { refused: [] } }),
      'its compensateRetry has the option "refused", which does not exist. Use attempts and backoff only.',
    ],
  ],
  compensation: [
    [
      wrongStep({ compensate: undefined }),
      'The step "one" of the saga "order" has no compensate. Say how it is undone',
    ],
    [wrongStep({ compensate: "nothing" }), 'has "nothing" as its compensate.'],
    [
      wrongStep({ compensateRetry: {} }),
      'has a compensateRetry and "none" as its compensate. Leave compensateRetry',
    ],
    [() => saga.waitFor("w", paid).build(), 'The wait "w" of the saga "order" has no compensate.'],
    [
      () => saga.waitFor("w", { ...paid, compensate: "readOnly" }).build(),
      'has "readOnly" as its compensate.',
    ],
    [
      () => past.step("two", none).build(),
      'The step "two" of the saga "order" comes after the pivot "go" and has a',
    ],
    [
      () => past.parallel("fork", (b: Plain) => b.step("two", none)).build(),
      'The step "two" of the saga "order" comes after the pivot "go" and has a compensate. Leave it out:',
    ],
    [
      () => past.step("two", { run: handler, compensateRetry: {} }).build(),
      "and has a compensateRetry. Leave it out:",
    ],
    [
      () => past.waitFor("w", { ...paid, compensate: handler }).build(),
      'comes after the pivot "go" and has a compensate.',
    ],
    [
      () => saga.pivot("go", none).build(),
      'The pivot "go" of the saga "order" is the pivot and has a compensate.',
    ],
    [
      () => saga.step("s", plainStep({ args: input, run: handler }), handler).build(),
      'The step "s" of the saga "order" has no compensate.',
    ],
  ],
  "the pivot": [
    [
      () => past.pivot("again", { run: handler }).build(),
      'The pivot "again" of the saga "order" is a second pivot after',
    ],
    [
      () => saga.parallel("fork", (b: Plain) => b.pivot("inner", { run: handler })).build(),
      'The pivot "inner" of the saga "order" stands in a branch. Move it to the trunk:',
    ],
    [
      () => saga.pivot("go", { run: handler, optional: true }).build(),
      'The pivot "go" of the saga "order" is optional.',
    ],
  ],
  waits: [
    [() => saga.waitFor("w"), 'The wait "w" is "undefined", not an object.'],
    [
      () => saga.waitFor("w", { compensate: "none" }),
      'The wait "w" has neither event nor events. Give it one event',
    ],
    [() => saga.waitFor("w", { ...paid, events: {} }), 'The wait "w" has both event and events.'],
    [() => saga.waitFor("w", { id: handler, events: {} }), 'The wait "w" has events and an id.'],
    [
      () => saga.waitFor("w", { events: [paid] }),
      'The wait "w" has as its events an array. Pass an object such as',
    ],
    [() => saga.waitFor("w", { events: { "": paid } }), 'The wait "w": the tag of an event is "".'],
    [
      () => saga.waitFor("w", { events: { paid: Paid } }),
      'The wait "w": its event "paid" has the option "kind", which',
    ],
    [
      () => past.waitFor("w", { events: {} }).build(),
      'The wait "w" of the saga "order" waits for 0 domain events.',
    ],
    [
      () => past.waitFor("w", { events: { a: paid, b: paid } }).build(),
      'has the domain event "paid" as "a" and as "b".',
    ],
    [
      () => past.waitFor("w", { ...paid, event: "paid" }).build(),
      'its event is "paid", not a domain event. Pass what',
    ],
    [
      () => past.waitFor("w", { event: Paid }).build(),
      'The wait "w" of the saga "order": its id is "undefined", not a',
    ],
    [() => past.waitFor("w", { ...paid, within: { days: 0 } }).build(), "has a within of zero."],
    [
      () => past.waitFor("w", { ...paid, onTimeout: "park" }),
      'The wait "w" has an onTimeout and no within. Say within',
    ],
    [
      () => past.waitFor("w", { ...paid, within: { days: 1 }, onTimeout: "compensate" }).build(),
      'has "compensate" as its onTimeout after the pivot "go". Use "continue" or "park".',
    ],
    [
      () => past.waitFor("w", { ...paid, onLate: "refund" }).build(),
      'its onLate is "refund", not a function.',
    ],
  ],
  "domain events": [
    [() => plainEvent(), 'The definition of a domain event is "undefined", not an object.'],
    [() => plainEvent({ name: "a..b", payload: input }), 'The name of a domain event is "a..b".'],
    [() => plainEvent({ name: "a".repeat(129), payload: input }), "Use at most 128 letters"],
    [
      () => plainEvent({ name: "valueOf", payload: input }),
      'is "valueOf", which every JavaScript object has.',
    ],
    [
      () => plainEvent({ name: "paid" }),
      'The payload of the domain event "paid" is "undefined", not a zod schema.',
    ],
    [
      () => past.emit("e", { name: "paid" }, handler).build(),
      'The emit "e" of the saga "order": its event is an object,',
    ],
    [
      () => past.emit("e", Paid).build(),
      'The emit "e" of the saga "order": its payload is "undefined", not a function.',
    ],
    [
      () => begun.emit("e", Paid, handler).build(),
      'The emit "e" of the saga "order" does not say how it is taken back.',
    ],
    [
      () => begun.emit("e", Paid, handler, handler),
      'The emit "e": its fourth argument is a function, not an object.',
    ],
    [
      () => past.emit("e", Paid, handler, "none").build(),
      'comes after the pivot "go" and says how it is taken back.',
    ],
    [
      () => begun.emit("e", Paid, handler, { event: Paid }).build(),
      'the payload that takes it back is "undefined", not a',
    ],
    [
      () =>
        past
          .emit("e", defineEvent({ name: "paid", payload: z.object({}) }), handler)
          .waitFor("w", paid)
          .build(),
      'The saga "order" uses two domain events named "paid". Define it once and import it.',
    ],
    [
      () => begun.onEnd({ finished: {} }),
      'The argument of onEnd has the option "finished", which does not exist.',
    ],
    [
      () => begun.onEnd({ completed: Paid }),
      'The domain event for the end "completed" has the option "kind"',
    ],
    [
      () => begun.onEnd({ completed: {} }).build(),
      'of the saga "order" for the end "completed" is "undefined", not a',
    ],
    [
      () => {
        const completed = { emit: Paid, payload: handler };
        begun.onEnd({ completed }).onEnd({ completed });
      },
      'The saga emits two domain events at the end "completed". Keep one of them.',
    ],
  ],
  branches: [
    [
      () => saga.parallel("fork").build(),
      'The parallel "fork" of the saga "order" has 0 branches. Give it 1 to 100',
    ],
    [
      () => saga.parallel("fork", ...Array.from({ length: 101 }, () => (b: Plain) => b)).build(),
      'The parallel "fork" of the saga "order" has 101 branches.',
    ],
    [() => saga.parallel("fork", none), 'Branch 1 of "fork" is an object, not a function.'],
    [
      () => saga.parallel("fork", () => undefined),
      'Branch 1 of "fork" returned "undefined". Return the builder that',
    ],
    [() => saga.parallel("fork", () => begun), 'Branch 1 of "fork" returned another builder.'],
    [() => saga.parallel("fork", async (b: Plain) => b), 'Branch 1 of "fork" returned an object.'],
    [() => saga.parallel("fork", (b: Plain) => b.build()), 'A branch of the saga "order" calls build.'],
    [() => saga.parallel("fork", (b: Plain) => b.onEnd({})), 'A branch of the saga "order" calls onEnd.'],
    [
      () => saga.parallel("fork", (b: Plain) => b).build(),
      "has no steps in branch 1. Add a step to it, or leave the",
    ],
    [() => saga.choice("way"), 'The choice "way" is "undefined", not an object.'],
    [() => saga.choice("way", { when: handler }), 'The way "then" of "way" is "undefined", not a function.'],
    [() => saga.choice("way", { when: handler, then: (b: Plain) => b }).build(), "has no steps in `then`."],
    [
      () => saga.choice("way", { when: true, then: (b: Plain) => b.step("x", none) }).build(),
      'The choice "way" of the saga "order": its when is "true", not a function.',
    ],
  ],
  "shared steps": [
    [() => plainStep(), 'A shared step is "undefined", not an object.'],
    [() => plainStep({ run: handler }), 'The args of a shared step is "undefined", not a zod schema.'],
    [
      () => plainStep({ args: input, run: handler, services: {} }),
      "The services of a shared step are an object, not what",
    ],
    [
      () => saga.step("s", none, handler),
      'The step "s" has three arguments, and the second is an object. Pass what',
    ],
    [
      () => saga.step("s", plainStep({ args: input, ...none }), {}),
      'The step "s": the mapping to its args is an object,',
    ],
    [
      () => saga.step("s", plainStep({ args: input, ...none })),
      'The step "s": the mapping to its args is "undefined",',
    ],
  ],
};

describe.each(Object.entries(invalid))("a mistake in %s", (_, cases) => {
  it.each(cases.map(([call, problem]) => [problem, call] as const))("is refused: %s", (problem, call) => {
    const thrown = thrownBy(call);
    expect(thrown).toMatch(/^DEFINITION_INVALID: /);
    expect(thrown).toContain(problem);
  });
});

describe("a duration that is none", () => {
  it.each([
    [() => wrongStep({ timeout: 10 })(), 'The timeout of the step "one" of the saga "order" is 10.'],
    [() => wrongStep({ timeout: { second: 1 } })(), 'has the unit "second".'],
    [() => wrongStep({ timeout: 1n })(), 'The step "one" of the saga "order" has a bigint in its timeout.'],
    [() => wrongStep({ timeout: { seconds: "1" } })(), 'has "1" in its timeout.'],
    [
      () => saga.sleep("nap", undefined).build(),
      'The duration of the sleep "nap" of the saga "order" is undefined.',
    ],
    [() => wrongStep({ retry: { refused: [{ days: -1 }] } })(), 'The retry.refused[0] of the step "one"'],
    [() => wrongStep({ retry: { backoff: { max: "1s" } } })(), 'has "1s" in its retry.backoff.max.'],
    [
      () =>
        plainSaga({ ...options, deadline: 5 })
          .step("one", none)
          .build(),
      'The deadline of the saga "order" is 5.',
    ],
  ])("is refused by name (%#)", (call, problem) => {
    const thrown = thrownBy(call);
    expect(thrown).toMatch(/^DURATION_INVALID: /);
    expect(thrown).toContain(problem);
  });
});

describe("the edges of what is allowed", () => {
  it("takes names of 1 and 64 characters, 1, 1,000 and unlimited attempts, 100 branches, 1,000 steps", () => {
    const edges = saga
      .step("a", {
        ...none,
        retry: { attempts: 1, backoff: { factor: 1, jitter: 0, initial: { seconds: 0 } } },
      })
      .step("b".repeat(64), {
        ...none,
        retry: { attempts: 1_000, backoff: { factor: 10, jitter: 1 }, refused: [] },
      })
      .step("c", {
        ...none,
        retry: { attempts: "unlimited" },
        compensate: handler,
        compensateRetry: { attempts: 1 },
      })
      .step("d", { ...none, atMostOnce: true, retry: { attempts: 1, refused: [{ days: 1 }] } })
      .parallel("fork", ...Array.from({ length: 100 }, (_, at) => (b: Plain) => b.step(`branch${at}`, none)))
      .sleep("nap", { seconds: 0 });
    expect(thrownBy(() => edges.build())).toBe("nothing");
    const long = (steps: number) =>
      Array.from({ length: steps }, (_, at) => at).reduce((all, at) => all.step(`s${at}`, none), saga);
    expect(thrownBy(() => long(1_000).build())).toBe("nothing");
    expect(thrownBy(() => long(1_001).build())).toContain('The saga "order" has 1001 steps, more than 1000.');
  });

  it("names the saga and the step in the details of the error", () => {
    const call = () => past.step("two", none).build();
    expect(call).toThrow(expect.objectContaining({ details: { saga: "order", step: "two" } }));
  });
});
