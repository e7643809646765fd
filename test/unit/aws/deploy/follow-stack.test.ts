import { describe, expect, it } from "vitest";
import { followStack } from "../../../../src/aws/deploy/follow-stack.js";
import { settleStack } from "../../../../src/aws/deploy/stack-state.js";
import { type SentCall, scriptedDeployer } from "./scripted-deployer.js";

const arn = "arn:aws:cloudformation:eu-central-1:111122223333:stack/shop-dev/1";

const shop = { stack: "shop-dev", name: "shop" };

/** An event as CloudFormation tells it; one about the stack where no resource is named. */
function event(EventId: string, ResourceStatus: string, LogicalResourceId = "shop-dev") {
  const PhysicalResourceId = LogicalResourceId === "shop-dev" ? arn : "";
  return { EventId, ResourceStatus, LogicalResourceId, PhysicalResourceId, StackId: arn };
}

const before = [event("0", "CREATE_IN_PROGRESS"), event("1", "CREATE_COMPLETE")];
const begun = [...before, event("2", "UPDATE_IN_PROGRESS"), event("3", "UPDATE_IN_PROGRESS", "Queue")];
const ended = [...begun, event("4", "UPDATE_COMPLETE", "Queue"), event("5", "UPDATE_COMPLETE")];

/** A stack whose events grow with every look; two events a page, the newest first. */
function growing(looks: readonly (readonly object[])[]) {
  let look = -1;
  return scriptedDeployer(({ input: { NextToken } }: SentCall) => {
    if (NextToken === undefined) look = Math.min(look + 1, looks.length - 1);
    const all = looks[look]?.toReversed() ?? [];
    const from = Number(NextToken ?? 0);
    const more = from + 2 < all.length ? { NextToken: String(from + 2) } : {};
    return { StackEvents: all.slice(from, from + 2), ...more };
  });
}

describe("following a stack", () => {
  it("tells each event of the operation once, in order, to its end", async () => {
    const { at, pauses } = growing([before, begun, begun, ended]);
    const told: string[] = [];
    const { status } = await followStack(at, arn, { after: "1", onEvent: ({ id }) => told.push(id) });
    expect(told).toEqual(["2", "3", "4", "5"]);
    expect(status).toBe("UPDATE_COMPLETE");
    expect(pauses).toEqual([250, 500, 1_000]);
  });

  it("begins with the latest operation where nobody says after what", async () => {
    const { at } = growing([begun, ended]);
    const { events } = await followStack(at, arn);
    expect(events.map(({ id }) => id)).toEqual(["2", "3", "4", "5"]);
  });

  it("goes on through a rollback", async () => {
    const failed = [...begun, event("4", "UPDATE_ROLLBACK_IN_PROGRESS")];
    const back = [...failed, event("5", "UPDATE_ROLLBACK_COMPLETE")];
    const { at } = growing([failed, back]);
    expect(await followStack(at, arn, { after: "1" })).toMatchObject({ status: "UPDATE_ROLLBACK_COMPLETE" });
  });
});

describe("a stack that somebody works on", () => {
  it("is followed to its end before it is looked at", async () => {
    const statuses = ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"];
    const metadata = { v: 1, name: "shop", sagas: [], indexShardsEver: 4 };
    const { at } = scriptedDeployer(({ action }) => {
      if (action === "DescribeStacks") {
        return { Stacks: [{ StackId: arn, StackName: "shop-dev", StackStatus: statuses.shift() }] };
      }
      if (action === "DescribeStackEvents") return { StackEvents: ended.toReversed() };
      return { TemplateBody: JSON.stringify({ Metadata: { Backstep: metadata } }) };
    });
    const busy: string[] = [];
    const stack = await settleStack(at, shop, { onBusy: (status) => busy.push(status) });
    expect(busy).toEqual(["UPDATE_IN_PROGRESS"]);
    expect(stack).toMatchObject({ status: "UPDATE_COMPLETE", metadata });
  });

  it("is nobody's of ours where its template says nothing of Backstep, be it YAML", async () => {
    const { at } = scriptedDeployer(({ action }) =>
      action === "DescribeStacks"
        ? { Stacks: [{ StackId: arn, StackName: "shop-dev", StackStatus: "CREATE_COMPLETE" }] }
        : { TemplateBody: "Resources:\n  Queue:\n" },
    );
    await expect(settleStack(at, shop)).rejects.toMatchObject({ code: "STACK_INVALID" });
  });

  it("is another project's where that has the same name together with its stage", async () => {
    const Backstep = { v: 1, name: "sh", sagas: [], indexShardsEver: 16 };
    const { at } = scriptedDeployer(({ action }) =>
      action === "DescribeStacks"
        ? { Stacks: [{ StackId: arn, StackName: "sh-op-dev", StackStatus: "CREATE_COMPLETE" }] }
        : { TemplateBody: JSON.stringify({ Metadata: { Backstep } }) },
    );
    const settling = settleStack(at, { stack: "sh-op-dev", name: "sh-op" });
    await expect(settling).rejects.toThrow(/of the project "sh".*\[STACK_INVALID\]/);
  });
});
