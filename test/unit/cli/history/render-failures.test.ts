import { describe, expect, it } from "vitest";
import { renderFailures } from "../../../../src/cli/history/render-failures.js";
import type { FailedAttempt } from "../../../../src/core/journal/describe-steps.js";

const at = new Date(2026, 0, 2, 10, 0, 0).getTime();
const reset = {
  name: "Error",
  message: "connection reset",
  cause: { name: "TypeError", message: "socket\nclosed" },
};
const failed = (attempt: number, more: Partial<FailedAttempt> = {}): FailedAttempt => {
  return { at: at + attempt * 1_000, phase: "run", attempt, how: "failed", error: reset, ...more };
};
const lines = (...failures: FailedAttempt[]) => renderFailures(new Map([["charge", { failures }]]));

describe("renderFailures", () => {
  it("tells causes below their attempt, further lines of a message included", () => {
    expect(lines(failed(1, { tookMs: 12 }))).toEqual([
      "  10:00:01.000  charge, attempt 1, failed after 12ms: connection reset",
      "                  caused by TypeError: socket\n                  closed",
    ]);
  });

  it("tells equal failures that follow each other once", () => {
    const same = [1, 2, 3, 4].map((attempt) => failed(attempt, { tookMs: attempt }));
    expect(lines(...same).slice(2)).toEqual(["  10:00:04.000  charge, attempts 2 to 4: the same"]);
    expect(lines(...same.slice(0, 2)).slice(2)).toEqual(["  10:00:02.000  charge, attempt 2: the same"]);
  });

  it("tells apart what ended in another way, in another phase or with another error", () => {
    const other = { name: "Error", message: "declined" };
    const told = lines(
      failed(1),
      failed(2, { how: "timedOut", error: { name: "TimeoutError", message: "no answer" } }),
      failed(3, { error: other }),
      failed(1, { phase: "undo", error: other }),
    );
    expect(told.filter((line) => line.startsWith("  10"))).toEqual([
      "  10:00:01.000  charge, attempt 1, failed: connection reset",
      "  10:00:02.000  charge, attempt 2, timed out",
      "  10:00:03.000  charge, attempt 3, failed: declined",
      "  10:00:01.000  charge compensation, attempt 1, failed: declined",
    ]);
  });

  it("has no lines where nothing failed", () => {
    expect(lines()).toEqual([]);
  });
});
