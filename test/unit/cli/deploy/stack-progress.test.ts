import { describe, expect, it } from "vitest";
import type { StackEvent } from "../../../../src/aws/deploy/stack-events.js";
import { StackProgress } from "../../../../src/cli/deploy/stack-progress.js";

function event(resource: string, status: string, given: Partial<StackEvent> = {}): StackEvent {
  return {
    id: `${resource}-${status}`,
    resource,
    physicalId: "",
    type: "AWS::SQS::Queue",
    status,
    reason: "",
    isStack: false,
    ...given,
  };
}

const change = (resource: string) => ({ action: "add", type: "AWS::SQS::Queue", resource }) as const;

function told(events: readonly StackEvent[], expected?: readonly string[]): string[] {
  const lines: string[] = [];
  const progress = new StackProgress((line) => lines.push(line));
  if (expected !== undefined) progress.expect(expected.map(change));
  for (const each of events) progress.take(each);
  return lines;
}

describe("the progress of a stack", () => {
  it("is a line for each resource that is done, counted among those that change", () => {
    const url = "https://sqs.eu-central-1.amazonaws.com/1/shop-dev-main.fifo";
    const lines = told(
      [
        event("One", "CREATE_IN_PROGRESS"),
        event("One", "CREATE_COMPLETE", { physicalId: url }),
        event("One", "CREATE_COMPLETE"),
        event("Untouched", "UPDATE_COMPLETE"),
        event("Two", "CREATE_COMPLETE", { physicalId: "0f0e0d0c-0b0a-4000-8000-000000000000" }),
      ],
      ["One", "Two"],
    );
    expect(lines).toEqual(["✓ 1/2 Queue shop-dev-main.fifo", "✓ 2/2 Queue Two"]);
  });

  it("says why a resource fails, and what the rollback deletes and keeps", () => {
    const stack = { isStack: true, type: "AWS::CloudFormation::Stack" };
    const lines = told(
      [
        event("One", "CREATE_FAILED", { reason: "already exists " }),
        event("shop-dev", "ROLLBACK_IN_PROGRESS", stack),
        event("Two", "DELETE_COMPLETE", { physicalId: "two" }),
        event("Three", "DELETE_SKIPPED", { physicalId: "three" }),
        event("shop-dev", "ROLLBACK_COMPLETE", stack),
      ],
      ["One", "Two", "Three"],
    );
    expect(lines).toEqual([
      "✗ Queue One: already exists",
      "Rolling back …",
      "✓ deleted Queue two",
      "✓ kept Queue three",
    ]);
  });
});
