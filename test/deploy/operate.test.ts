/** What an operator of a deployed stage is told of it, and can set. */
import { DeleteRolePolicyCommand, IAMClient } from "@aws-sdk/client-iam";
import {
  LambdaClient,
  PutFunctionConcurrencyCommand,
  UpdateEventSourceMappingCommand,
} from "@aws-sdk/client-lambda";
import { DeleteQueueCommand } from "@aws-sdk/client-sqs";
import { defineConfig, defineEvent, defineSaga } from "backstep";
import { expect, test } from "vitest";
import { z } from "zod";
import { environmentOf } from "../../src/aws/cloud-formation/outputs.js";
import { StageFunctions } from "../../src/aws/operate/stage-functions.js";
import { queueUrls } from "../../src/aws/operate/stage-shape.js";
import { openStageOperator } from "../../src/aws/stage/open-stage-operator.js";
import { clientConfig, type Target } from "../emulators/target.js";
import { describeOnTargets } from "../emulators/targets.js";
import { DeployProject } from "./deploy-project.js";

/** What `DeployProject` deploys. */
function configOf(name: string) {
  const Paid = defineEvent({ name: `${name}.paid`, payload: z.object({ id: z.string() }) });
  const input = z.object({ id: z.string() });
  const order = defineSaga({ name: "order", version: 1, input, id: ({ id }) => id })
    .step("reserve", { output: z.string(), run: () => "done", compensate: "none" })
    .waitFor("payment", { event: Paid, id: ({ id }) => id, within: { hours: 1 }, compensate: "none" })
    .build();
  return defineConfig({ name, sagas: [order] });
}

const ann = { actor: { user: "ann" } };

await describeOnTargets(["dynamoDb", "sqs", "events", "s3", "cloudFormation"], (target) => {
  const limit = { timeout: 300_000 };
  const opened = (works: boolean) => {
    // biome-ignore lint/correctness/noEmptyPattern: vitest reads from it what a fixture needs
    return async ({}, use: (project: DeployProject) => Promise<void>) => {
      const project = new DeployProject(target, works);
      await use(project);
      await project.run("destroy", "--yes", "--delete-data");
      await project.remove();
    };
  };
  /** `working` has functions that do something. */
  const it = test.extend<Readonly<Record<"project" | "working", DeployProject>>>({
    project: opened(false),
    working: opened(true),
  });

  it(
    "a stage that is as it was deployed has no fault, with a configuration or without",
    limit,
    async ({ project }) => {
      for (const isConfigured of [true, false]) {
        const { operator, close } = await openOperator(target, project, isConfigured);
        expect((await operator.checkup()).findings).toEqual([]);
        expect(await operator.deployed()).toEqual([
          { saga: "order", version: 1, fingerprint: expect.any(String) },
        ]);
        const { lanes } = await operator.desk.report(60_000);
        expect(lanes).toMatchObject([{ lane: "main", visible: 0, inFlight: 0, delayed: 0, dead: 0 }]);
        close();
      }
    },
  );

  it("a lane's concurrency is set, and the one before is told", limit, async ({ project }) => {
    const { operator, close } = await openOperator(target, project);
    expect(await operator.desk.setConcurrency("main", 7, ann)).toBe(100);
    expect(await operator.desk.setConcurrency("main", 9, ann)).toBe(7);
    expect((await operator.desk.report(60_000)).lanes).toMatchObject([{ lane: "main", concurrency: 9 }]);
    const unknown = operator.desk.setConcurrency("mian", 7, ann);
    await expect(unknown).rejects.toMatchObject({ code: "LANE_UNKNOWN", details: { known: ["main"] } });
    close();
  });

  it("what somebody has broken by hand is found, each with what mends it", limit, async ({ project }) => {
    const { operator, close, outputs } = await openOperator(target, project);
    const { stack } = project;
    const config = clientConfig(target.endpoints.cloudFormation ?? "aws");
    const functions = new StageFunctions(config as ConstructorParameters<typeof StageFunctions>[0]);
    const [lambda, iam] = [new LambdaClient(config), new IAMClient(config)];
    const [{ uuid } = { uuid: "" }] = await functions.feeds(`${stack}-main`);
    const timers = { FunctionName: `${stack}--timers`, ReservedConcurrentExecutions: 0 };
    const watchdog = await functions.find(`${stack}--watchdog`);
    const QueueUrl = queueUrls(outputs.BackstepLaneQueueUrl)(`${stack}--ingest`);

    await lambda.send(new UpdateEventSourceMappingCommand({ UUID: uuid, Enabled: false }));
    await lambda.send(new PutFunctionConcurrencyCommand(timers));
    await iam.send(new DeleteRolePolicyCommand({ RoleName: watchdog?.role, PolicyName: "backstep" }));
    await target.clients.sqs.send(new DeleteQueueCommand({ QueueUrl }));

    const { findings } = await operator.checkup();
    expect(findings.map(({ cause, command }) => [cause, command])).toEqual([
      ["deployment", "deploy"],
      ["throttled", "doctor --fix"],
      ["deployment", "doctor --fix"],
      ["missingPermission", "doctor --fix"],
    ]);
    const [queue, reserved, mapping, role] = findings;
    expect(queue?.problem).toBe(`There is no queue "${stack}--ingest".`);
    expect(reserved?.mend).toEqual({ kind: "freeConcurrency", function: `${stack}--timers` });
    expect(mapping?.mend).toMatchObject({ kind: "enableMapping", uuid });
    expect(role?.problem).toContain(
      `of the function "${stack}--watchdog" does not allow dynamodb:GetItem on`,
    );
    for (const opened of [functions, lambda, iam]) opened.destroy();
    close();
  });

  it("what was changed by hand is set back by the command that is printed", limit, async ({ working }) => {
    await working.answer("deploy");
    const { stack } = working;
    const config = clientConfig(target.endpoints.cloudFormation ?? "aws");
    const functions = new StageFunctions(config as ConstructorParameters<typeof StageFunctions>[0]);
    const [lambda, iam] = [new LambdaClient(config), new IAMClient(config)];
    const [main, timers] = [await functions.find(`${stack}-main`), `${stack}--timers`];
    const [{ uuid } = { uuid: "" }] = await functions.feeds(`${stack}-main`);
    const ways: readonly (readonly [problem: string, breaks: () => Promise<unknown>])[] = [
      [
        "its mapping is disabled",
        () => lambda.send(new UpdateEventSourceMappingCommand({ UUID: uuid, Enabled: false })),
      ],
      [
        "its reserved concurrency is 0",
        () => {
          const none = { FunctionName: timers, ReservedConcurrentExecutions: 0 };
          return lambda.send(new PutFunctionConcurrencyCommand(none));
        },
      ],
      [
        "does not allow dynamodb:GetItem",
        () => iam.send(new DeleteRolePolicyCommand({ RoleName: main?.role, PolicyName: "backstep" })),
      ],
    ];
    for (const [at, [problem, breaks]] of ways.entries()) {
      await breaks();
      const id = `o-${at}`;
      await working.onStage("start", "order", "--input", JSON.stringify({ id }));
      const early = await working.onStage("wait", `order/${id}`, "--for", "waiting", "--timeout", "2s");
      if (at === 0) expect(early.code).toBe(1); // nobody works its lane
      const found = await working.onStage("doctor");
      expect(found).toMatchObject({ code: 1, stdout: expect.stringContaining(problem) });
      const printed = /^ +(backstep doctor --fix .*)$/m.exec(found.stdout)?.[1] ?? "nothing is printed";
      expect(await working.type(printed)).toMatchObject({
        code: 0,
        stdout: expect.stringContaining("Set back:"),
      });
      expect(await working.onStage("doctor")).toMatchObject({
        code: 0,
        stdout: expect.stringContaining("All is well."),
      });
      await working.onStage("wait", `order/${id}`, "--for", "waiting", "--timeout", "60s");
      await working.onStage("signal", `${working.name}.paid`, "--payload", JSON.stringify({ id }));
      expect(await working.onStage("wait", `order/${id}`, "--timeout", "60s")).toMatchObject({ code: 0 });
    }
    for (const opened of [functions, lambda, iam]) opened.destroy();
  });
});

async function openOperator({ endpoints }: Target, project: DeployProject, isConfigured = true) {
  const { outputs } = await project.answer("deploy");
  const endpoint = endpoints.cloudFormation === "aws" ? undefined : endpoints.cloudFormation;
  const place = { environment: environmentOf(outputs), region: "us-east-1", endpoint };
  const config = isConfigured ? configOf(project.name) : undefined;
  return { ...(await openStageOperator(place, { stage: "dev", config })), outputs };
}
