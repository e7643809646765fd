/** `backstep deploy` and `backstep destroy`, as people run them. */
import {
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
} from "@aws-sdk/client-cloudformation";
import { CreateTableCommand, DeleteTableCommand, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { CreateEventBusCommand, DeleteEventBusCommand } from "@aws-sdk/client-eventbridge";
import { CreateBucketCommand, DeleteBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";
import { describeOnTargets } from "../emulators/targets.js";
import { DeployProject } from "./deploy-project.js";

await describeOnTargets(["dynamoDb", "events", "s3", "cloudFormation"], (target) => {
  const limit = { timeout: 300_000 };
  const { dynamoDb, events, cloudFormation } = target.clients;
  const it = test.extend<{ readonly project: DeployProject }>({
    // biome-ignore lint/correctness/noEmptyPattern: vitest reads from it what a fixture needs
    project: async ({}, use) => {
      const project = new DeployProject(target);
      await use(project);
      await project.run("destroy", "--yes", "--delete-data");
      await project.remove();
    },
  });

  describe.concurrent("a stage", () => {
    it(
      "a stage is made, left alone where nothing changed, and changed where something did",
      limit,
      async ({ project }) => {
        const planned = await project.answer("deploy", "--dry-run");
        expect(planned).toMatchObject({ changed: false, dryRun: true, stack: project.stack });
        expect(new Set(planned.changes.map(({ action }: { action: string }) => action))).toEqual(
          new Set(["add"]),
        );
        expect(await statusOf(project.stack)).toBeUndefined();

        const made = await project.answer("deploy");
        expect(made).toMatchObject({ changed: true, outputs: { BackstepTable: project.stack } });
        expect(made.changes).toEqual(planned.changes.toSorted(byResource(made.changes)));
        expect(made.bundles.map(({ entry }: { entry: string }) => entry)).toContain("lane");
        expect(await project.answer("deploy")).toMatchObject({ changed: false, changes: [] });

        project.release({ mark: "second" });
        const wouldChange = await project.answer("deploy", "--dry-run");
        expect(wouldChange.changes).toContainEqual(
          expect.objectContaining({
            action: "modify",
            type: "AWS::Lambda::Function",
            resource: "LaneMainFunction",
          }),
        );
        const told = await project.run("deploy");
        expect(told).toMatchObject({ code: 0, stdout: expect.stringContaining("modified") });
        expect(told.stderr).toMatch(/Bundled lane [\d.]+ (bytes|kB)/);
        expect(told.stderr).toMatch(/✓ \d+\/\d+ Function .*-main$/m);
        expect(await project.answer("deploy", "--dry-run")).toMatchObject({ changes: [] });
      },
    );

    it(
      "a version that open instances run is not taken away from them, unless by force",
      limit,
      async ({ project }) => {
        await project.answer("deploy");
        const started = await project.onStage("start", "order", "--input", '{"id":"o-1"}');
        expect(started).toMatchObject({ code: 0 });
        project.release({ version: 2 });
        const refused = await project.run("deploy");
        expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("order/o-1 (version 1)") });
        expect(refused.stderr).toContain("[DEPLOY_REFUSED]");
        expect(await project.answer("deploy", "--force")).toMatchObject({ changed: true });
        project.release({ version: 2, more: "aws: { indexShards: 4 }" });
        const fewer = await project.run("deploy");
        expect(fewer).toMatchObject({
          code: 1,
          stderr: expect.stringContaining("aws.indexShardsEver to 16"),
        });
      },
    );

    it(
      "a first deployment that fails tells the first cause, and leaves nothing",
      limit,
      async ({ project }) => {
        await events.send(new CreateEventBusCommand({ Name: project.stack }));
        const failed = await project.run("deploy");
        await events.send(new DeleteEventBusCommand({ Name: project.stack }));
        expect(failed).toMatchObject({
          code: 1,
          stderr: expect.stringContaining("First cause: AWS::Events::EventBus"),
        });
        expect(failed.stderr).toContain("Nothing of it is left. [DEPLOY_FAILED]");
        expect(await statusOf(project.stack)).toBeUndefined();
        expect((await dynamoDb.send(new ListTablesCommand({}))).TableNames).not.toContain(project.stack);
      },
    );

    it("a change that CloudFormation refuses leaves the stage as it was", limit, async ({ project }) => {
      await project.answer("deploy");
      const other = `${project.stack}-other`;
      const group = { LogGroupName: `/aws/lambda/${project.stack}-order-reserve` };
      await createStack(other, { Logs: { Type: "AWS::Logs::LogGroup", Properties: group } });
      project.release({ more: 'lanes: "per-step"' });
      const refused = await project.run("deploy");
      await cloudFormation.send(new DeleteStackCommand({ StackName: other }));
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("[DEPLOY_FAILED]") });
      expect(refused.stderr).toContain("LogGroup");
      expect(await statusOf(project.stack)).toMatch(/^(CREATE|UPDATE|UPDATE_ROLLBACK)_COMPLETE$/);
      project.release({});
      expect(await project.answer("deploy")).toMatchObject({ changed: false });
    });

    it(
      "a deployment that was killed half-way is followed to its end by the next",
      limit,
      async ({ project }) => {
        await project.endAt(/Making the stack/, "SIGKILL");
        expect(await project.run("deploy")).toMatchObject({ code: 0 });
        expect(await statusOf(project.stack)).toMatch(/^(CREATE|UPDATE)_COMPLETE$/);
        expect(await project.answer("deploy")).toMatchObject({ changed: false });
      },
    );

    it(
      "a deployment that is stopped before the stack is touched changes nothing",
      limit,
      async ({ project }) => {
        project.release({ until: "SIGINT" });
        const stopped = await project.endAt(/Waiting for SIGINT/, "SIGINT");
        expect(stopped).toMatchObject({ code: 1, stdout: expect.stringContaining("Stopped.") });
        expect(await statusOf(project.stack)).toBeUndefined();
        project.release({});
        expect(await project.answer("deploy")).toMatchObject({ changed: true });
      },
    );

    it(
      "destroying a stage keeps its table, which the next deployment takes in",
      limit,
      async ({ project }) => {
        await project.answer("deploy");
        await project.onStage("start", "order", "--input", '{"id":"kept"}');
        const asked = await project.run("destroy");
        expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining("--yes") });
        expect(asked.stderr).toMatch(/^1 open instance: order\/kept \(version 1\)\. They stand still/);
        expect(await project.answer("destroy", "--yes")).toMatchObject({
          destroyed: true,
          keptTable: project.stack,
        });
        expect(await statusOf(project.stack)).toBeUndefined();
        const left = await project.run("destroy", "--yes");
        expect(left).toMatchObject({ code: 3, stderr: expect.stringContaining("its table was kept") });

        const { changes } = await project.answer("deploy");
        expect(changes).toContainEqual({ action: "import", type: "AWS::DynamoDB::Table", resource: "Table" });
        expect(await project.onStage("list")).toMatchObject({
          stdout: expect.stringContaining("order/kept"),
        });

        expect(await project.answer("destroy", "--yes", "--delete-data")).toMatchObject({ keptTable: null });
        expect((await dynamoDb.send(new ListTablesCommand({}))).TableNames).not.toContain(project.stack);
        const again = await project.run("destroy", "--yes");
        expect(again).toMatchObject({ code: 3, stderr: expect.stringContaining("[STAGE_UNKNOWN]") });
      },
    );

    it("a stack of somebody else is left alone", limit, async ({ project }) => {
      await createStack(project.stack, { Q: { Type: "AWS::SNS::Topic" } });
      for (const verb of ["deploy", "destroy"] as const) {
        const refused = await project.run(verb, ...(verb === "destroy" ? ["--yes"] : []));
        expect(refused).toMatchObject({
          code: 1,
          stderr: expect.stringContaining("which Backstep did not make"),
        });
      }
      expect(await statusOf(project.stack)).toBe("CREATE_COMPLETE");
    });

    it("a table of somebody else is neither taken in nor deleted", limit, async ({ project }) => {
      const key = "customer";
      const TableName = project.stack;
      await dynamoDb.send(
        new CreateTableCommand({
          TableName,
          BillingMode: "PAY_PER_REQUEST",
          AttributeDefinitions: [{ AttributeName: key, AttributeType: "S" }],
          KeySchema: [{ AttributeName: key, KeyType: "HASH" }],
        }),
      );
      for (const [verb, ...args] of [
        ["deploy"],
        ["deploy", "--dry-run"],
        ["destroy", "--yes", "--delete-data"],
      ] as const) {
        const refused = await project.run(verb, ...args);
        expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("[TABLE_INVALID]") });
      }
      expect((await dynamoDb.send(new ListTablesCommand({}))).TableNames).toContain(TableName);
      expect(await statusOf(project.stack)).toBeUndefined();
      await dynamoDb.send(new DeleteTableCommand({ TableName }));
    });

    it("a stage that several deploy for the first time at once is made once", limit, async ({ project }) => {
      const ended = await Promise.all([1, 2, 3].map(() => project.run("deploy")));
      // MiniStack can make two stacks of two first change sets: then nobody wins, and the next does.
      if (ended.every(({ code }) => code !== 0)) await project.answer("deploy");
      expect(await statusOf(project.stack)).toBe("CREATE_COMPLETE");
      expect(await project.answer("deploy")).toMatchObject({ changed: false });
    });

    // Another account is at hand on emulators alone.
    it.skipIf(target.endpoints.s3 === "aws")(
      "a stage is neither changed nor destroyed in another account",
      limit,
      async ({ project }) => {
        await project.answer("deploy");
        for (const command of [["deploy"], ["destroy", "--yes"]]) {
          const refused = await project.runFrom("222222222222", ...command);
          const stderr = expect.stringContaining("is in us-east-1 of the account 000000000000, not in");
          expect(refused).toMatchObject({ code: 3, stderr });
        }
        expect(await statusOf(project.stack)).toBe("CREATE_COMPLETE");
      },
    );

    it("a stage whose record cannot be written is deployed all the same", limit, async ({ project }) => {
      project.blockRecord();
      const deployed = await project.run("deploy");
      expect(deployed).toMatchObject({ code: 0, stdout: expect.stringContaining("Deployed") });
      expect(deployed.stderr).toContain(".backstep/dev.json cannot be written");
    });

    it("a stack in ROLLBACK_COMPLETE is named, and can be destroyed", limit, async ({ project }) => {
      const bus = { Type: "AWS::Events::EventBus", Properties: { Name: project.stack } };
      await createStack(project.stack, { One: bus, Two: { ...bus, DependsOn: "One" } }, project.name);
      const refused = await project.run("deploy");
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("is in ROLLBACK_COMPLETE") });
      expect(refused.stderr).toContain("backstep destroy --stage dev");
      expect(await project.answer("destroy", "--yes")).toMatchObject({ destroyed: true, keptTable: null });
      expect(await project.answer("deploy")).toMatchObject({ changed: true });
    });

    // Another account is at hand on emulators alone: there any twelve digits are one.
    it.skipIf(target.endpoints.s3 === "aws")(
      "a bucket of another account is not used",
      limit,
      async ({ project }) => {
        const endpoint = target.endpoints.s3 ?? "";
        const credentials = { accessKeyId: "222222222222", secretAccessKey: "test" };
        const theirs = new S3Client({ endpoint, region: "us-east-1", credentials, forcePathStyle: true });
        const Bucket = `${project.name}-theirs`;
        await theirs.send(new CreateBucketCommand({ Bucket }));
        project.release({ more: `aws: { assetBucket: "${Bucket}" }` });
        const refused = await project.run("deploy");
        await theirs.send(new DeleteBucketCommand({ Bucket }));
        theirs.destroy();
        expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("[BUCKET_INVALID]") });
        expect(await statusOf(project.stack)).toBeUndefined();
        project.release({ more: `aws: { assetBucket: "${Bucket}" }` });
        expect(await project.run("deploy")).toMatchObject({
          stderr: expect.stringContaining("There is no bucket"),
        });
      },
    );
  });

  async function createStack(StackName: string, Resources: object, ours?: string): Promise<void> {
    const metadata = { Backstep: { v: 1, name: ours, sagas: [], indexShardsEver: 1 } };
    const Metadata = ours === undefined ? {} : metadata;
    const TemplateBody = JSON.stringify({ Resources, Metadata });
    await cloudFormation.send(new CreateStackCommand({ StackName, TemplateBody }));
    await expect.poll(() => statusOf(StackName), { timeout: 60_000 }).toMatch(/^(?!.*IN_PROGRESS)/);
  }

  async function statusOf(StackName: string): Promise<string | undefined> {
    const found = await cloudFormation.send(new DescribeStacksCommand({ StackName })).catch(() => undefined);
    return found?.Stacks?.[0]?.StackStatus;
  }
});

interface Named {
  readonly resource: string;
}

/** The order of these. */
function byResource(order: readonly Named[]) {
  const at = ({ resource }: Named) => order.findIndex((each) => each.resource === resource);
  return (one: Named, other: Named) => at(one) - at(other);
}
