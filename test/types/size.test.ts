import { expect, it } from "vitest";
import { compile } from "./compiler.js";

/** One step that uses the results of two others, with a schema of its own and every kind of handler. */
function longStep(at: number): string {
  const near = at === 0 ? "input" : `results.s${at - 1}`;
  const far = at < 7 ? "input" : `results.s${at - 7}`;
  return `.step("s${at}", {
    output: z.object({ id: z.string() }),
    run: ({ input, results, services }) => services.shop.take(input.id, ${near}.id, ${far}.id, results),
    compensate: ({ input, output, results, services }) => services.shop.give(output?.id ?? input.id, results),
    probe: async ({ input }) => ({ done: input }),
  })`;
}

function longSaga(steps: number): string {
  return `import { z } from "zod";
import { defineSaga } from "../../src/core/definition/define-saga.js";
import { needs } from "../../src/core/definition/needs.js";

interface Services {
  readonly shop: {
    take(a: string, b: string, c: string, results: unknown): Promise<{ id: string }>;
    give(id: string, results: unknown): Promise<void>;
  };
}

const head = { version: 1, input: z.object({ id: z.string() }), services: needs<Services>() };
export const saga = defineSaga({ ...head, name: "long", id: ({ id }) => id })
  ${Array.from({ length: steps }, (_, at) => longStep(at)).join("\n  ")}
  .build(({ results }) => results.s0.id + results.s${steps - 1}.id);
`;
}

it("type-checks a saga of 200 steps, with work that grows no faster than the square of its length", () => {
  const short = compile({ "short.ts": longSaga(100) });
  const long = compile({ "long.ts": longSaga(200) });
  expect(long.diagnostics).toEqual([]);
  expect(long.instantiations / short.instantiations).toBeLessThan(4);
  expect(long.instantiations).toBeLessThan(2_000_000);
}, 120_000);
