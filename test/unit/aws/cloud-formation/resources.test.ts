import type { Lanes } from "backstep";
import type { FunctionResource, QueueResource } from "backstep/topology";
import { describe, expect, it } from "vitest";
import { codeLocations } from "../../../../src/aws/cloud-formation/code-locations.js";
import { renderTemplate } from "../../../../src/aws/cloud-formation/render-template.js";
import { evaluate, resourcesOf, there } from "./evaluate.js";
import { code, ownObjects, renderSample } from "./samples.js";

describe.each<Lanes>(["shared", "per-step"])("table, functions and schedule (lanes: %s)", (lanes) => {
  const { topology, template } = renderSample(lanes);
  const tags = Object.entries(topology.tags).map(([Key, Value]) => ({ Key, Value }));
  const queue = (id: string) => topology.queues.find((each) => each.id === id) as QueueResource;
  const lambda = (id: string) => topology.functions.find((each) => each.id === id) as FunctionResource;
  const urlOf = (id: string) => `https://sqs.eu-west-1.amazonaws.com/123456789012/${queue(id).name}`;

  it("gives the table its keys, index, time to live, recovery and protection", () => {
    expect(resourcesOf(template, "AWS::DynamoDB::Table")).toEqual([
      {
        TableName: "shop-dev",
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: ["pk", "sk", "watch", "watchSort"].map((name) => ({
          AttributeName: name,
          AttributeType: "S",
        })),
        KeySchema: keys("pk", "sk"),
        GlobalSecondaryIndexes: [
          {
            IndexName: "watch",
            KeySchema: keys("watch", "watchSort"),
            Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: topology.table.index.attributes },
          },
        ],
        TimeToLiveSpecification: { AttributeName: "expiresAt", Enabled: true },
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        DeletionProtectionEnabled: true,
        Tags: tags,
      },
    ]);
  });

  it("gives each function what the topology says, and its own role and log group", () => {
    const found = resourcesOf(template, "AWS::Lambda::Function");
    expect(found.map(({ Environment: _, ...rest }) => rest)).toEqual(
      topology.functions.map((each) => ({
        FunctionName: each.name,
        Runtime: "nodejs22.x",
        Architectures: ["arm64"],
        Handler: "index.handler",
        MemorySize: each.memoryMegabytes,
        Timeout: each.timeoutSeconds,
        RecursiveLoop: each.recursiveLoop,
        Role: expect.stringMatching(/^arn:aws:iam::123456789012:role\/\w+Role$/),
        LoggingConfig: { LogGroup: `/aws/lambda/${each.name}` },
        Code: { S3Bucket: "backstep-123456789012-eu-west-1", S3Key: code.keys[each.entry] },
        Tags: tags,
      })),
    );
    expect(new Set(found.map(({ Role }) => Role)).size).toBe(found.length);
    expect(resourcesOf(template, "AWS::Logs::LogGroup")).toEqual(
      topology.functions.map(({ name }) => ({
        LogGroupName: `/aws/lambda/${name}`,
        RetentionInDays: 30,
        Tags: tags,
      })),
    );
  });

  it("gives functions their variables, with the URLs of the queues", () => {
    const queueUrls = {
      BACKSTEP_LANE_QUEUE_URL: "https://sqs.eu-west-1.amazonaws.com/123456789012/shop-dev-{lane}.fifo",
      BACKSTEP_TIMER_QUEUE_URL: urlOf("timers"),
    };
    const found = resourcesOf(template, "AWS::Lambda::Function");
    for (const [at, { Environment }] of found.entries()) {
      const { environment = {} } = topology.functions[at] ?? {};
      expect(Environment).toEqual({ Variables: { ...environment, ...queueUrls } });
    }
  });

  it("gives each role what the topology says, no more, and leaves variables of IAM alone", () => {
    const roles = resourcesOf(template, "AWS::IAM::Role");
    const expected = topology.functions.map(({ statements }) =>
      statements.map(({ actions, resources }) => ({
        Effect: "Allow",
        Action: actions,
        Resource: resources.map(there),
      })),
    );
    const functionRoles = roles.slice(0, topology.functions.length);
    expect(functionRoles).toEqual(
      expected.map((statements) => ({
        AssumeRolePolicyDocument: trusts("lambda.amazonaws.com"),
        Policies: [
          { PolicyName: "backstep", PolicyDocument: { Version: "2012-10-17", Statement: statements } },
        ],
        Tags: tags,
      })),
    );
    expect(JSON.stringify(functionRoles)).toContain(`"${ownObjects}"`);
    expect(JSON.stringify(roles)).not.toMatch(/\{(partition|region|account)\}/);
  });

  it("feeds each function from its queues, and reports failed messages one by one", () => {
    expect(resourcesOf(template, "AWS::Lambda::EventSourceMapping")).toEqual(
      topology.mappings.map((each) => ({
        EventSourceArn: there(queue(each.queue).arn),
        FunctionName: lambda(each.function).name,
        Enabled: true,
        BatchSize: each.batchSize,
        FunctionResponseTypes: ["ReportBatchItemFailures"],
        ScalingConfig: { MaximumConcurrency: each.maximumConcurrency },
        Tags: tags,
      })),
    );
  });

  it("runs the watchdog once a minute, and a failed run is not tried again", () => {
    expect(resourcesOf(template, "AWS::Scheduler::Schedule")).toEqual([
      {
        Name: "shop-dev--watchdog",
        ScheduleExpression: "rate(1 minute)",
        FlexibleTimeWindow: { Mode: "OFF" },
        State: "ENABLED",
        Target: {
          Arn: there(lambda("watchdog").arn),
          RoleArn: "arn:aws:iam::123456789012:role/WatchdogScheduleRole",
          RetryPolicy: { MaximumRetryAttempts: 0 },
        },
      },
    ]);
    expect(resourcesOf(template, "AWS::Lambda::EventInvokeConfig")).toEqual([
      { FunctionName: "shop-dev--watchdog", Qualifier: "$LATEST", MaximumRetryAttempts: 0 },
    ]);
    const { Properties } = template.Resources.WatchdogScheduleRole ?? {};
    expect(evaluate(Properties ?? {}, template)).toEqual({
      AssumeRolePolicyDocument: trusts("scheduler.amazonaws.com", {
        StringEquals: { "aws:SourceAccount": "123456789012" },
      }),
      Policies: [
        {
          PolicyName: "backstep",
          PolicyDocument: {
            Version: "2012-10-17",
            Statement: [
              {
                Effect: "Allow",
                Action: ["lambda:InvokeFunction"],
                Resource: [there(lambda("watchdog").arn)],
              },
            ],
          },
        },
      ],
      Tags: tags,
    });
  });
});

describe("the code of functions", () => {
  it("lies in the bucket that was named, by content", () => {
    const { topology } = renderSample("shared");
    const bundles = Object.keys(code.keys).map((entry) => ({ entry, sha256: "c0de" }));
    const template = renderTemplate(topology, codeLocations("shop", "our-bucket", bundles));
    const codes = resourcesOf(template, "AWS::Lambda::Function").map(({ Code }) => Code);
    expect(codes).toContainEqual({ S3Bucket: "our-bucket", S3Key: "shop/dead-letter-c0de.zip" });
    expect(codes).toHaveLength(5);
  });
});

function keys(partitionKey: string, sortKey: string) {
  return [
    { AttributeName: partitionKey, KeyType: "HASH" },
    { AttributeName: sortKey, KeyType: "RANGE" },
  ];
}

function trusts(service: string, condition?: unknown) {
  const statement = { Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" };
  return {
    Version: "2012-10-17",
    Statement: [condition === undefined ? statement : { ...statement, Condition: condition }],
  };
}
