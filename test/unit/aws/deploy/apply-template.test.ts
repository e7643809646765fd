import { describe, expect, it } from "vitest";
import { applyTemplate } from "../../../../src/aws/deploy/apply-template.js";
import { awsFailure, type SentCall, scriptedDeployer } from "./scripted-deployer.js";

const stack = "shop-dev";
const arn = `arn:aws:cloudformation:eu-central-1:111122223333:stack/${stack}/1`;
const given = { stack, table: stack, before: undefined, template: { body: "{}" } };

/** AWS with a stack in this status, in which these actions fail so. */
function withStack(StackStatus: string, failures: Readonly<Record<string, Error>>) {
  return scriptedDeployer(({ action }) => {
    const failure = failures[action];
    if (failure !== undefined) throw failure;
    const answers: Readonly<Record<string, object>> = {
      DescribeTable: { Table: { TableStatus: "ACTIVE" } },
      DescribeStacks: { Stacks: [{ StackId: arn, StackName: stack, StackStatus }] },
      DescribeChangeSet: { Status: "CREATE_COMPLETE" },
      CreateChangeSet: { Id: "change", StackId: arn },
      DescribeStackEvents: { StackEvents: [] },
    };
    return answers[action] ?? {};
  });
}

const deletions = (calls: readonly SentCall[]) => calls.filter(({ action }) => action === "DeleteStack");
const exists = awsFailure("ValidationError", 400, `Stack [${stack}] already exists`);

describe("a first deployment", () => {
  it("leaves the stack alone that somebody else made at the same time", async () => {
    const { at, calls } = withStack("CREATE_COMPLETE", { CreateChangeSet: exists });
    await expect(applyTemplate(at, given)).rejects.toMatchObject({ code: "DEPLOY_FAILED" });
    expect(deletions(calls)).toEqual([]);
  });

  it("removes the empty stack that a refused template leaves", async () => {
    const refused = awsFailure("ValidationError", 400, "Template format error");
    const { at, calls } = withStack("REVIEW_IN_PROGRESS", { CreateChangeSet: refused });
    await expect(applyTemplate(at, given)).rejects.toMatchObject({ code: "DEPLOY_FAILED" });
    expect(deletions(calls)).toHaveLength(1);
  });
});
