import { describe, expect, it } from "vitest";
import { applyTemplate } from "../../../../src/aws/deploy/apply-template.js";
import { tableSchema } from "../../../../src/aws/store/table-schema.js";
import { awsFailure, type SentCall, scriptedDeployer } from "./scripted-deployer.js";

const stack = "shop-dev";
const arn = `arn:aws:cloudformation:eu-central-1:111122223333:stack/${stack}/1`;
const given = { stack, table: stack, before: undefined, template: { body: "{}" } };
const gone = { EventId: "1", StackId: arn, PhysicalResourceId: arn, ResourceStatus: "DELETE_COMPLETE" };

/** AWS with a stack in this status, in which these actions fail so. */
function withStack(StackStatus: string, failures: Readonly<Record<string, Error>>) {
  const answers: Readonly<Record<string, object>> = {
    DescribeTable: { Table: { TableStatus: "ACTIVE", ...tableSchema } },
    DescribeStacks: { Stacks: [{ StackId: arn, StackName: stack, StackStatus }] },
    DescribeChangeSet: { Status: "CREATE_COMPLETE" },
    CreateChangeSet: { Id: "change", StackId: arn },
    DescribeStackEvents: { StackEvents: [gone] },
  };
  return scriptedDeployer(({ action }) => {
    const failure = failures[action];
    if (failure !== undefined) throw failure;
    return answers[action] ?? {};
  });
}

const deletions = (calls: readonly SentCall[]) => calls.filter(({ action }) => action === "DeleteStack");

describe("a first deployment", () => {
  const exists = awsFailure("ValidationError", 400, `Stack [${stack}] already exists and cannot be created`);

  it.each(["REVIEW_IN_PROGRESS", "CREATE_IN_PROGRESS"])(
    "leaves the stack alone that somebody else makes at the same time (%s)",
    async (status) => {
      const { at, calls } = withStack(status, { CreateChangeSet: exists });
      await expect(applyTemplate(at, given)).rejects.toThrow(/Somebody else.*\[DEPLOY_FAILED\]/);
      expect(deletions(calls)).toEqual([]);
    },
  );

  it("that is stopped at the last moment leaves alone what somebody else made", async () => {
    const { at, calls } = withStack("CREATE_COMPLETE", {});
    const stopped = new Error("stopped");
    const pause = () => Promise.reject(stopped);
    await expect(applyTemplate({ ...at, pause }, given)).rejects.toBe(stopped);
    expect(deletions(calls)).toEqual([]);
  });

  it("removes the empty stack that a refused template leaves", async () => {
    const refused = awsFailure("ValidationError", 400, "Template format error");
    const { at, calls } = withStack("REVIEW_IN_PROGRESS", { CreateChangeSet: refused });
    await expect(applyTemplate(at, given)).rejects.toMatchObject({ code: "DEPLOY_FAILED" });
    expect(deletions(calls)).toHaveLength(1);
  });
});

describe("a deployment that another overtakes", () => {
  it.each([
    [
      "CreateChangeSet",
      "ValidationError",
      `Stack:${arn} is in UPDATE_IN_PROGRESS state and can not be updated.`,
    ],
    ["DescribeStackEvents", "ValidationError", `Stack [${arn}] does not exist`],
    ["DescribeChangeSet", "ChangeSetNotFoundException", "ChangeSet does not exist"],
    ["ExecuteChangeSet", "ChangeSetNotFoundException", "ChangeSet does not exist"],
    ["ExecuteChangeSet", "InvalidChangeSetStatusException", "ChangeSet is OBSOLETE"],
  ])("says so (%s: %s)", async (action, name, message) => {
    const { at } = withStack("UPDATE_IN_PROGRESS", { [action]: awsFailure(name, 400, message) });
    const deploying = applyTemplate(at, given);
    await expect(deploying).rejects.toThrow(/Somebody else deploys the stack.*\[DEPLOY_FAILED\]/);
  });
});
