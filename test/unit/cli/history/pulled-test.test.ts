import { describe, expect, it } from "vitest";
import { renderPulledTest } from "../../../../src/cli/history/pulled-test.js";
import type { Origin } from "../../../../src/core/journal/entry.js";
import { fold } from "../../../../src/core/journal/evolve.js";

const origin: Origin = {
  saga: "pay",
  id: "p-1",
  version: 1,
  fingerprint: "f",
  input: {},
  startedAt: 1,
  changes: [{ kind: "started", step: "charge", phase: "run" }],
};

/** An instance parked with this message. */
function parkedWith(message: string) {
  return fold(origin, [
    {
      n: 1,
      at: 2,
      nonce: "a",
      cause: { kind: "outcome", key: "charge" },
      changes: [
        {
          kind: "parked",
          key: "charge",
          reason: { code: "attemptsExhausted", message: "1 attempt failed" },
          error: { name: "Error", message, cause: { name: "TypeError", message: "no seat" } },
        },
      ],
    },
  ]);
}

const render = (message: string) =>
  renderPulledTest({
    state: parkedWith(message),
    from: "stage prod, 2031-05-04",
    config: "../../backstep.config.js",
    history: "pay-p-1.json",
  });

describe("renderPulledTest", () => {
  it("says where it is from, how the instance stood, and its error with its causes", () => {
    expect(render("gone").split("\n").slice(0, 2)).toEqual([
      "// Pulled from stage prod, 2031-05-04. pay/p-1 was parked: charge: 1 attempt failed",
      "//   charge: gone ← TypeError: no seat",
    ]);
  });

  it.each(["one\nthrow 1", "one\r\nthrow 1", "one\u2028throw 1", "one\u0000\u2029throw 1"])(
    "keeps whatever an error says within its comment (%j)",
    (message) => {
      const [, line, ...rest] = render(message).split(/[\n\r\u2028\u2029]/);
      expect(line).toBe("//   charge: one throw 1 ← TypeError: no seat");
      expect(rest).toEqual(render("other").split("\n").slice(2));
    },
  );
});
