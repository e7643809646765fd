import { describe, expect, it } from "vitest";
import { explainOnStage } from "../../../../src/cli/stage/explain-on-stage.js";
import { isSagaError, SagaError } from "../../../../src/errors/saga-error.js";

function fixOf(error: unknown): string {
  const explained = explainOnStage(error, { stage: "dev", endpoint: undefined });
  return isSagaError(explained) ? explained.fix : "";
}

describe("explainOnStage", () => {
  it.each([
    ["Look at it first: backstep show order/o-1.", "Look at it first: backstep show order/o-1 --stage dev."],
    ["See backstep show order/o.1@x --journal", "See backstep show order/o.1@x --journal --stage dev"],
    ["List what there is: backstep list.", "List what there is: backstep list --stage dev."],
    ["Deploy it: backstep deploy --stage prod.", "Deploy it: backstep deploy --stage prod."],
    ["Make one with backstep init, or name it.", "Make one with backstep init, or name it."],
    ["Run backstep lock.", "Run backstep lock."],
    ["Try again.", "Try again."],
  ])("%j becomes %j", (fix, mended) => {
    expect(fixOf(new SagaError("COMMAND_REFUSED", "No.", { fix }))).toBe(mended);
  });

  it("keeps code, problem and details, and the error itself as the cause", () => {
    const error = new SagaError("INSTANCE_UNKNOWN", "There is none.", { details: { id: "o-1" } });
    expect(explainOnStage(error, { stage: "dev", endpoint: undefined })).toMatchObject({
      code: "INSTANCE_UNKNOWN",
      problem: "There is none.",
      details: { id: "o-1" },
      cause: error,
    });
  });

  it.each(["TABLE_INVALID", "QUEUE_UNKNOWN"] as const)("%s says that the stage is gone", (code) => {
    expect(fixOf(new SagaError(code, "There is none."))).toContain("backstep deploy --stage dev.");
  });

  it.each([
    [undefined, "set AWS_ENDPOINT_URL"],
    ["http://127.0.0.1:4566", 'correct "endpoint" in .backstep/dev.json'],
  ])("names where an endpoint is set (%s)", (endpoint, fix) => {
    const silent = new SagaError("AWS_UNREACHABLE", "Silence.");
    expect(explainOnStage(silent, { stage: "dev", endpoint })).toMatchObject({
      fix: expect.stringContaining(fix),
    });
  });

  it("asks the stack anew where a record has wrong variables, and not where a region is missing", () => {
    const wrong = (variable: string) =>
      new SagaError("ENVIRONMENT_INVALID", "No.", { details: { variable } });
    expect(fixOf(wrong("BACKSTEP_TABLE"))).toContain("Delete .backstep/dev.json");
    expect(fixOf(wrong("AWS_REGION"))).not.toContain("Delete");
  });

  it("says what an error of AWS means, and where", () => {
    const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
    expect(explainOnStage(refused, { stage: "dev", endpoint: "http://127.0.0.1:4566" })).toMatchObject({
      code: "AWS_UNREACHABLE",
      problem: 'What should be AWS at "http://127.0.0.1:4566" does not answer (ECONNREFUSED).',
    });
  });

  it("leaves other errors as they are", () => {
    const error = new TypeError("x is not a function");
    expect(explainOnStage(error, { stage: "dev", endpoint: undefined })).toBe(error);
  });
});
