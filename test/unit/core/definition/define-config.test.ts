import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineConfig } from "../../../../src/core/definition/define-config.js";
import { defineSaga } from "../../../../src/core/definition/define-saga.js";
import { SagaError } from "../../../../src/errors/saga-error.js";

const plainConfig = defineConfig as unknown as (config?: unknown) => unknown;
const input = z.object({ id: z.string() });

function begin(version: number) {
  return defineSaga({ name: "order", version, input, id: ({ id }) => id }).step("one", {
    run: () => 1,
    compensate: "none",
  });
}

/** What a call throws, as `code: problem fix`. */
function thrownBy(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof SagaError) return `${error.code}: ${error.problem} ${error.fix}`;
    throw error;
  }
  return "nothing";
}

describe("a configuration", () => {
  const built = begin(1).build();

  it("is filled in with defaults, and opens nothing", () => {
    const services = () => {
      throw new Error("A configuration opened its services.");
    };
    expect(plainConfig({ sagas: [built], services })).toEqual({
      kind: "config",
      name: undefined,
      sagas: [built],
      services,
      store: ".backstep/local.db",
      lanes: "shared",
      fuse: true,
      retention: { days: 30 },
      aws: {},
    });
  });

  it("may keep what has ended for ever", () => {
    expect(plainConfig({ sagas: [built], retention: "forever" })).toMatchObject({ retention: "forever" });
  });

  it.each([
    [undefined, 'The configuration is "undefined".'],
    [{ sagas: built }, "The sagas of the configuration are an object. List them: sagas: [order]."],
    [
      { sagas: [begin(1)] },
      "Entry 1 of the configuration's sagas is an object, not a saga. List what build() returned;",
    ],
    [{ sagas: [built], services: {} }, "The services of the configuration are an object. Pass a function"],
    [{ sagas: [built], lane: "shared" }, 'The configuration has the option "lane". Use name, sagas,'],
    [{ sagas: [built], lanes: "each" }, 'The lanes of the configuration are "each". Use "shared",'],
    [{ sagas: [built], name: "My shop" }, 'The name of the configuration is "My shop". Use at most 30'],
    [{ sagas: [built], aws: "eu-west-1" }, 'The aws of the configuration is "eu-west-1".'],
    [{ sagas: [built], store: "" }, 'The store of the configuration is "".'],
    [{ sagas: [built], retention: 30 }, "The retention is 30. Use a duration such as { days: 30 }"],
    [{ sagas: [built], retention: { seconds: 0.5 } }, "The retention is 500 milliseconds."],
    [{ sagas: [built], fuse: 1 }, 'The fuse of the configuration is "1". Use true or false.'],
  ])("with a mistake is refused (%#)", (config, problem) => {
    const thrown = thrownBy(() => plainConfig(config));
    expect(thrown).toMatch(/^CONFIG_INVALID: /);
    expect(thrown).toContain(problem);
  });

  it("with two sagas of one name and version is refused, with two versions of one name is not", () => {
    const next = begin(2).build();
    expect(thrownBy(() => plainConfig({ sagas: [built, next] }))).toBe("nothing");
    expect(thrownBy(() => plainConfig({ sagas: [built, next, begin(1).build()] }))).toContain(
      'VERSION_CONFLICT: Two sagas are named "order" and have the version 1.',
    );
  });
});
