import { describe, expect, it } from "vitest";
import { exitCodeOf, failureOf, renderFailure } from "../../../src/cli/failure.js";
import { styleFor } from "../../../src/cli/style.js";
import { SagaError } from "../../../src/errors/saga-error.js";

const plain = styleFor({}, {}, false);

describe("failureOf", () => {
  it("separates what happened from the fix", () => {
    const failure = failureOf(new SagaError("INSTANCE_UNKNOWN", 'There is no instance "order/x".'), false);
    expect(failure).toEqual({
      code: "INSTANCE_UNKNOWN",
      message: 'There is no instance "order/x".',
      fix: "List what there is: backstep list.",
    });
  });

  it("suggests the declared name that is nearest", () => {
    const details = { saga: "oder", known: ["order", "refund"] };
    const failure = failureOf(new SagaError("SAGA_UNKNOWN", 'There is no saga "oder".', { details }), false);
    expect(failure.fix).toMatch(/^Did you mean "order"\? /);
  });

  it("prints a stack with --verbose only", () => {
    const error = new TypeError("x is not a function");
    expect(failureOf(error, false)).toEqual({
      code: "FAILED",
      message: "TypeError: x is not a function",
      fix: "Run it again with --verbose to see where it comes from.",
    });
    expect(failureOf(error, true).stack).toContain("failure.test.ts");
  });

  it("takes whatever was thrown", () => {
    expect(failureOf("no", false).message).toBe("no");
  });
});

describe("exitCodeOf", () => {
  it.each([
    ["USAGE", 2],
    ["SCHEMA_MISMATCH", 2],
    ["INSTANCE_UNKNOWN", 3],
    ["SAGA_UNKNOWN", 3],
    ["START_CONFLICT", 4],
    ["COMMAND_REFUSED", 4],
    ["STORE_UNREADABLE", 1],
  ] as const)("answers %s with %i", (code, exitCode) => {
    expect(exitCodeOf(failureOf(new SagaError(code, "So it is."), false))).toBe(exitCode);
  });

  it("answers any other error with 1", () => {
    expect(exitCodeOf(failureOf(new Error("boom"), false))).toBe(1);
  });
});

describe("renderFailure", () => {
  it("prints message, code and fix", () => {
    const failure = failureOf(new SagaError("USAGE", '"x" is not a limit.'), false);
    expect(renderFailure(failure, plain)).toBe(
      'Error: "x" is not a limit. [USAGE]\nFix: See backstep <command> --help.',
    );
  });
});
