import { defineConfig, defineSaga, type Lanes } from "backstep";
import { compileTopology, type QueueResource } from "backstep/topology";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { renderTemplate } from "../../../../src/aws/cloud-formation/render-template.js";
import { resourcesOf, there } from "./evaluate.js";
import { code, renderSample } from "./samples.js";

describe.each<Lanes>(["shared", "per-step"])("queues, bus and alarms (lanes: %s)", (lanes) => {
  const { topology, template } = renderSample(lanes);
  const tags = Object.entries(topology.tags).map(([Key, Value]) => ({ Key, Value }));
  const queue = (id: string) => topology.queues.find((each) => each.id === id) as QueueResource;
  const urlOf = (id: string) => `https://sqs.eu-west-1.amazonaws.com/123456789012/${queue(id).name}`;

  it("gives each queue its times, its dead-letter queue, and FIFO ones their throughput", () => {
    const fifo = {
      FifoQueue: true,
      ContentBasedDeduplication: false,
      DeduplicationScope: "messageGroup",
      FifoThroughputLimit: "perMessageGroupId",
    };
    const expected = topology.queues.map(({ deadLetter, ...each }) => ({
      QueueName: each.name,
      VisibilityTimeout: each.visibilitySeconds,
      MessageRetentionPeriod: each.retentionSeconds,
      DelaySeconds: each.delaySeconds,
      ...(each.fifo ? fifo : {}),
      ...(deadLetter && {
        RedrivePolicy: {
          deadLetterTargetArn: there(queue(deadLetter.queue).arn),
          maxReceiveCount: deadLetter.maxReceives,
        },
      }),
      Tags: tags,
    }));
    expect(resourcesOf(template, "AWS::SQS::Queue")).toEqual(expected);
  });

  it("lets each rule, and nobody else, send to its queue and to the dead-letter queue of that", () => {
    const policies = resourcesOf(template, "AWS::SQS::QueuePolicy");
    const sent = topology.queues.filter(({ rules }) => rules.length > 0);
    const ruleArn = (name: string) => `arn:aws:events:eu-west-1:123456789012:rule/shop-dev/shop-dev--${name}`;
    expect(policies).toEqual(
      sent.map(({ id, arn, rules }) => ({
        Queues: [urlOf(id)],
        PolicyDocument: {
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { Service: "events.amazonaws.com" },
              Action: "sqs:SendMessage",
              Resource: there(arn),
              Condition: { ArnEquals: { "aws:SourceArn": rules.map(ruleArn) } },
            },
          ],
        },
      })),
    );
    expect(sent.map(({ id }) => id).sort()).toEqual(
      ["dead-ingest", "dead-to-billing", "dead-to-data-lake", "ingest", "to-billing", "to-data-lake"].sort(),
    );
  });

  it("takes domain events to queues, whoever published them, and the undelivered aside", () => {
    const targets = topology.rules.map(({ target }) => {
      if ("topic" in target) return { Id: "topic", Arn: there(topology.topic.arn) };
      const { arn, deadLetter } = queue(target.queue);
      const undelivered = there(queue(deadLetter?.queue ?? "").arn);
      return { Id: "queue", Arn: there(arn), DeadLetterConfig: { Arn: undelivered } };
    });
    expect(resourcesOf(template, "AWS::Events::EventBus")).toEqual([{ Name: "shop-dev", Tags: tags }]);
    expect(resourcesOf(template, "AWS::Events::Rule")).toEqual(
      topology.rules.map((rule, at) => ({
        Name: rule.name,
        EventBusName: "shop-dev",
        State: "ENABLED",
        EventPattern: { "detail-type": rule.events },
        Targets: [targets[at]],
        Tags: tags,
      })),
    );
  });

  it("makes a rule after the policies that let it deliver", () => {
    expect(template.Resources.IngestRule?.DependsOn).toEqual(["IngestQueuePolicy", "DeadIngestQueuePolicy"]);
    expect(template.Resources.ParkedRule?.DependsOn).toEqual(["AlarmTopicPolicy"]);
  });

  it("tells alarms to the topic, and the topic to those who are on call", () => {
    const topic = there(topology.topic.arn);
    expect(resourcesOf(template, "AWS::SNS::Topic")).toEqual([
      { TopicName: topology.topic.name, Tags: tags },
    ]);
    expect(resourcesOf(template, "AWS::SNS::Subscription")).toEqual([
      { TopicArn: topic, Protocol: "email", Endpoint: "on-call@example.com" },
    ]);
    const publish = { Effect: "Allow", Action: "sns:Publish", Resource: topic };
    expect(resourcesOf(template, "AWS::SNS::TopicPolicy")).toEqual([
      {
        Topics: [topic],
        PolicyDocument: {
          Version: "2012-10-17",
          Statement: [
            {
              ...publish,
              Principal: { Service: "cloudwatch.amazonaws.com" },
              Condition: { StringEquals: { "aws:SourceAccount": "123456789012" } },
            },
            // SNS knows nothing of the rule: a condition would keep each event out.
            { ...publish, Principal: { Service: "events.amazonaws.com" } },
          ],
        },
      },
    ]);
  });

  it("gives each alarm its metric and threshold", () => {
    const topic = there(topology.topic.arn);
    expect(resourcesOf(template, "AWS::CloudWatch::Alarm")).toEqual(
      topology.alarms.map((each) => ({
        AlarmName: each.name,
        AlarmDescription: each.description,
        Namespace: each.namespace,
        MetricName: each.metric,
        Dimensions: Object.entries(each.dimensions).map(([Name, Value]) => ({ Name, Value })),
        Statistic: each.statistic,
        Period: each.periodSeconds,
        EvaluationPeriods: each.periods,
        ComparisonOperator: each.comparison,
        Threshold: each.threshold,
        TreatMissingData: each.missingData,
        AlarmActions: [topic],
        Tags: tags,
      })),
    );
  });
});

describe("a stage whose sagas wait for nothing", () => {
  it("has no rule that brings domain events, and nobody may send them", () => {
    const quiet = defineSaga({
      name: "quiet",
      version: 1,
      input: z.object({ id: z.string() }),
      id: ({ id }) => id,
    })
      .step("look", { run: () => undefined, compensate: "readOnly" })
      .build();
    const config = defineConfig({ name: "shop", sagas: [quiet], services: () => ({}) });
    const template = renderTemplate(compileTopology(config, { stage: "dev" }), code);
    expect(resourcesOf(template, "AWS::SQS::QueuePolicy")).toEqual([]);
    expect(resourcesOf(template, "AWS::Events::Rule").map(({ Name }) => Name)).toEqual(["shop-dev--parked"]);
    expect(Object.keys(template.Outputs)).toEqual(expect.arrayContaining(["BackstepTable", "Bus"]));
  });
});
