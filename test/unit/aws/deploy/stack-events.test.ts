import { describe, expect, it } from "vitest";
import { firstCause, type StackEvent } from "../../../../src/aws/deploy/stack-events.js";

let events = 0;

function event(status: string, given: Partial<StackEvent> = {}): StackEvent {
  events += 1;
  const id = `e-${events}`;
  return { id, resource: "R", physicalId: "", type: "T", status, reason: "", isStack: false, ...given };
}

describe("the first cause of a failed operation", () => {
  it("is the earliest failure that is not a cancellation", () => {
    const cause = event("CREATE_FAILED", { resource: "Queue", reason: "already exists" });
    const found = firstCause([
      event("CREATE_COMPLETE"),
      event("CREATE_FAILED", { reason: "Resource creation cancelled" }),
      cause,
      event("CREATE_FAILED", { reason: "Resource update canceled" }),
      event("DELETE_FAILED", { reason: "not empty" }),
    ]);
    expect(found).toBe(cause);
  });

  it("is no event of the stack itself, which only sums up", () => {
    const cause = event("UPDATE_FAILED", { reason: "no such role" });
    const stack = event("UPDATE_FAILED", { reason: "The following resource(s) failed", isStack: true });
    expect(firstCause([stack, cause])).toBe(cause);
  });

  it("is a cancellation where there is nothing else, and undefined where nothing failed", () => {
    const cancelled = event("CREATE_FAILED", { reason: "Resource creation cancelled" });
    expect(firstCause([cancelled])).toBe(cancelled);
    expect(firstCause([event("CREATE_COMPLETE")])).toBeUndefined();
  });
});
