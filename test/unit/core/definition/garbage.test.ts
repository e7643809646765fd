import fc from "fast-check";
import { expect, it } from "vitest";
import { z } from "zod";
import { defineConfig } from "../../../../src/core/definition/define-config.js";
import { defineEvent } from "../../../../src/core/definition/define-event.js";
import { defineSaga } from "../../../../src/core/definition/define-saga.js";
import { defineStep } from "../../../../src/core/definition/define-step.js";
import { SagaError } from "../../../../src/errors/saga-error.js";

type Call = (...args: readonly unknown[]) => unknown;

const handler = () => 1;
const input = z.object({ id: z.string() });
const Paid = defineEvent({ name: "paid", payload: input });
const shared = defineStep({ args: input, run: handler, compensate: "none" });

/** What plain JavaScript may pass where an option belongs: anything, but also what belongs elsewhere. */
const leaf = fc.oneof(
  fc.constantFrom<unknown>(
    undefined,
    null,
    handler,
    input,
    Paid,
    shared,
    "none",
    "a",
    {},
    [],
    Symbol("s"),
    1n,
  ),
  fc.jsonValue(),
);
const keys = ["run", "output", "compensate", "retry", "attempts", "backoff", "refused", "timeout", "seconds"];
const more = [
  "event",
  "id",
  "events",
  "within",
  "onTimeout",
  "until",
  "when",
  "then",
  "otherwise",
  "emit",
  "payload",
];
const record = fc.dictionary(fc.constantFrom(...keys, ...more, "name", "kind", "__proto__"), leaf, {
  maxKeys: 5,
});
const garbage = fc.oneof(
  leaf,
  record,
  fc.dictionary(fc.constantFrom(...keys, ...more), record, { maxKeys: 4 }),
);

const methods = [
  "step",
  "pivot",
  "waitFor",
  "sleep",
  "emit",
  "parallel",
  "choice",
  "onEnd",
  "build",
] as const;
const chain = fc.array(fc.tuple(fc.constantFrom(...methods), fc.array(garbage, { maxLength: 4 })), {
  maxLength: 4,
});

/** Whether a call succeeds or throws a `SagaError`, and nothing else. */
function isClear(call: () => unknown): boolean {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(SagaError);
  }
  return true;
}

it("a malformed chain is refused with a SagaError, whatever plain JavaScript passes", () => {
  const begin = defineSaga as unknown as Call;
  fc.assert(
    fc.property(chain, fc.boolean(), (calls, named) =>
      isClear(() => {
        let builder = begin({ name: "order", version: 1, input, id: handler });
        for (const [at, [method, args]] of calls.entries()) {
          const given = named && method !== "build" && method !== "onEnd" ? [`s${at}`, ...args] : args;
          builder = (builder as Record<string, Call>)[method]?.(...given);
          if (method === "build") return;
        }
        (builder as { readonly build: Call }).build();
      }),
    ),
    { numRuns: 2_000 },
  );
});

it.each([
  ["defineSaga", defineSaga],
  ["defineEvent", defineEvent],
  ["defineStep", defineStep],
  ["defineConfig", defineConfig],
] as const)("a malformed argument of %s is refused with a SagaError", (_, define) => {
  fc.assert(fc.property(garbage, (argument) => isClear(() => (define as unknown as Call)(argument))));
});
