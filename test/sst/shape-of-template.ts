import type { Template, TemplateResource, TemplateValue } from "../../src/aws/cloud-formation/template.js";
import { type Properties, type Settings, type StackShape, shapeOf, statementsOf } from "./stack-shape.js";
import { place, queueUrl } from "./synthesise.js";

type Entry = readonly [name: string, settings: Settings];
type Render = (properties: Properties, stack: ReadStack, resource: TemplateResource) => Entry | undefined;

/** The shape of a CloudFormation template, deployed to the place of a synthesis. */
export function shapeOfTemplate(template: Template): StackShape {
  const stack = new ReadStack(template);
  const entries = Object.values(template.Resources).flatMap((resource) => {
    const render = renders[resource.Type];
    if (render === undefined) throw new Error(`The comparison knows no ${resource.Type}.`);
    const entry = render(stack.resolve(resource.Properties) as Properties, stack, resource);
    return entry === undefined ? [] : [entry];
  });
  const outputs = Object.entries(template.Outputs).map(([key, { Value }]) => [key, stack.resolve(Value)]);
  return shapeOf([...entries, ["outputs", Object.fromEntries(outputs)]]);
}

/** A template whose references can be followed. */
class ReadStack {
  readonly #resources: Template["Resources"];

  constructor({ Resources: resources }: Template) {
    this.#resources = resources;
  }

  /** The resources of a type with their properties, by logical id. */
  all(type: string): ReadonlyMap<string, Properties> {
    const found = Object.entries(this.#resources).filter(([, { Type }]) => Type === type);
    return new Map(found.map(([id, { Properties }]) => [id, this.resolve(Properties) as Properties]));
  }

  /** Replaces what CloudFormation replaces. */
  resolve(value: TemplateValue): unknown {
    if (Array.isArray(value)) return value.map((inner) => this.resolve(inner));
    if (typeof value !== "object") return value;
    const [[name, inner] = ["", ""], ...others] = Object.entries(
      value as Readonly<Record<string, TemplateValue>>,
    );
    const replace = others.length === 0 ? this.#functions[name] : undefined;
    if (replace) return replace(this.resolve(inner) as never);
    return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, this.resolve(held)]));
  }

  readonly #functions: Readonly<Record<string, (argument: never) => unknown>> = {
    Ref: (id: string) => pseudo[id] ?? this.#refOf(id),
    "Fn::GetAtt": ([id, attribute]: [string, string]) => this.#arnOf(id, attribute),
    "Fn::Sub": (text: string) =>
      text.replace(/\$\{(!?)([^}]*)\}/g, (whole, literal, name) =>
        literal ? `\${${name}}` : (pseudo[name] ?? whole),
      ),
    "Fn::Join": ([between, parts]: [string, readonly string[]]) => parts.join(between),
    "Fn::Split": ([at, text]: [string, string]) => text.split(at),
  };

  #refOf(id: string): string {
    const { type, name } = this.#named(id);
    if (type === "AWS::SQS::Queue") return queueUrl(name);
    return type === "AWS::SNS::Topic" ? this.#arnOf(id, "Arn") : name;
  }

  #arnOf(id: string, attribute: string): string {
    const { type, name } = this.#named(id);
    const { partition, region, account } = place;
    const ends: Readonly<Record<string, string>> = {
      "AWS::SQS::Queue": `sqs:${region}:${account}:${name}`,
      "AWS::SNS::Topic": `sns:${region}:${account}:${name}`,
      "AWS::Lambda::Function": `lambda:${region}:${account}:function:${name}`,
      "AWS::IAM::Role": id,
    };
    const end = ends[type];
    if (end === undefined || attribute !== "Arn") throw new Error(`${id} (${type}) has no ${attribute}.`);
    return type === "AWS::IAM::Role" ? end : `arn:${partition}:${end}`;
  }

  #named(id: string): { type: string; name: string } {
    const resource = this.#resources[id];
    if (resource === undefined) throw new Error(`The template has no resource ${id}.`);
    const names = ["QueueName", "FunctionName", "TopicName", "LogGroupName", "Name"] as const;
    const name = names.map((key) => resource.Properties[key]).find((value) => typeof value === "string");
    return { type: resource.Type, name: typeof name === "string" ? name : id };
  }
}

const pseudo: Readonly<Record<string, string>> = {
  "AWS::Partition": place.partition,
  "AWS::Region": place.region,
  "AWS::AccountId": place.account,
};

/** What is left of a resource's properties is compared under its own name: nothing is passed over. */
const renders: Readonly<Record<string, Render>> = {
  "AWS::DynamoDB::Table": ({ TableName, ...rest }, _, resource) => {
    const { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, BillingMode, Tags, ...others } = rest;
    const { TimeToLiveSpecification: ttl, PointInTimeRecoverySpecification: recovery, ...more } = others;
    const { DeletionProtectionEnabled, ...left } = more;
    return [
      `table ${TableName}`,
      {
        attributes: pairs(AttributeDefinitions, "AttributeName", "AttributeType"),
        keys: pairs(KeySchema, "KeyType", "AttributeName"),
        indexes: GlobalSecondaryIndexes.map((index: Properties) => ({
          name: index.IndexName,
          keys: pairs(index.KeySchema, "KeyType", "AttributeName"),
          projection: index.Projection.ProjectionType,
          carried: [...index.Projection.NonKeyAttributes].sort(),
        })),
        billing: BillingMode,
        timeToLive: { attribute: ttl.AttributeName, enabled: ttl.Enabled },
        recovery: recovery.PointInTimeRecoveryEnabled,
        protection: DeletionProtectionEnabled,
        isRetained: resource.DeletionPolicy === "Retain" && resource.UpdateReplacePolicy === "Retain",
        tags: tagsOf(Tags),
        ...left,
      },
    ];
  },
  "AWS::SQS::Queue": ({ QueueName, RedrivePolicy, Tags, ...rest }) => {
    const { FifoQueue, ContentBasedDeduplication, DeduplicationScope, FifoThroughputLimit, ...others } = rest;
    const { VisibilityTimeout, MessageRetentionPeriod, DelaySeconds, ...left } = others;
    return [
      `queue ${QueueName}`,
      {
        fifo: FifoQueue,
        contentBased: ContentBasedDeduplication,
        scope: DeduplicationScope,
        throughput: FifoThroughputLimit,
        visibility: VisibilityTimeout,
        retention: MessageRetentionPeriod,
        delay: DelaySeconds,
        redrive: RedrivePolicy,
        tags: tagsOf(Tags),
        ...left,
      },
    ];
  },
  "AWS::SQS::QueuePolicy": ({ Queues, PolicyDocument, ...left }) => [
    `queuePolicy ${Queues}`,
    { statements: statementsOf(PolicyDocument), ...left },
  ],
  "AWS::Logs::LogGroup": ({ LogGroupName, RetentionInDays, Tags, ...left }) => [
    `logGroup ${LogGroupName}`,
    { retention: RetentionInDays, tags: tagsOf(Tags), ...left },
  ],
  "AWS::IAM::Role": () => undefined, // with what has it
  "AWS::Lambda::EventInvokeConfig": ({ FunctionName, MaximumRetryAttempts, ...left }) => [
    `invokeConfig ${FunctionName}`,
    { retries: MaximumRetryAttempts, ...left },
  ],
  "AWS::Lambda::Function": ({ FunctionName, Role, Environment, Tags, Code, ...rest }, stack) => {
    const { Runtime, Architectures, Handler, MemorySize, Timeout, RecursiveLoop, ...others } = rest;
    const { LoggingConfig, ...left } = others;
    return [
      `function ${FunctionName}`,
      {
        runtime: Runtime,
        architectures: Architectures,
        handler: Handler,
        memory: MemorySize,
        timeout: Timeout,
        recursion: RecursiveLoop,
        logging: { group: LoggingConfig.LogGroup },
        environment: Environment.Variables,
        entry: /\/(.+)-[0-9a-f]{64}\.zip$/.exec(Code.S3Key)?.[1],
        role: roleOf(Role, stack),
        tags: tagsOf(Tags),
        ...left,
      },
    ];
  },
  "AWS::Lambda::EventSourceMapping": ({ EventSourceArn, FunctionName, Tags, ...rest }) => {
    const { Enabled, BatchSize, FunctionResponseTypes, ScalingConfig, ...left } = rest;
    return [
      `mapping ${EventSourceArn} to ${FunctionName}`,
      {
        enabled: Enabled,
        batchSize: BatchSize,
        responses: FunctionResponseTypes,
        concurrency: ScalingConfig.MaximumConcurrency,
        tags: tagsOf(Tags),
        ...left,
      },
    ];
  },
  "AWS::Events::EventBus": ({ Name, Tags, ...left }) => [`bus ${Name}`, { tags: tagsOf(Tags), ...left }],
  "AWS::Events::Rule": ({ Name, EventBusName, State, EventPattern, Targets, Tags, ...left }) => {
    const [{ Id: _, Arn, DeadLetterConfig, ...target }, ...more] = Targets;
    return [
      `rule ${Name}`,
      {
        bus: EventBusName,
        state: State,
        pattern: EventPattern,
        target: { arn: Arn, deadLetter: DeadLetterConfig?.Arn, ...target },
        tags: tagsOf(Tags),
        ...left,
        ...(more.length > 0 ? { more } : {}),
      },
    ];
  },
  "AWS::Scheduler::Schedule": ({ Name, ScheduleExpression, FlexibleTimeWindow, ...rest }, stack) => {
    const { State, Target, ...left } = rest;
    const { Arn, RoleArn, RetryPolicy, ...target } = Target;
    return [
      `schedule ${Name}`,
      {
        expression: ScheduleExpression,
        window: FlexibleTimeWindow.Mode,
        state: State,
        target: { arn: Arn, retries: RetryPolicy.MaximumRetryAttempts, ...target },
        role: roleOf(RoleArn, stack),
        ...left,
      },
    ];
  },
  "AWS::SNS::Topic": ({ TopicName, Tags, ...left }) => [
    `topic ${TopicName}`,
    { tags: tagsOf(Tags), ...left },
  ],
  "AWS::SNS::TopicPolicy": ({ Topics, PolicyDocument, ...left }) => [
    `topicPolicy ${Topics}`,
    { statements: statementsOf(PolicyDocument), ...left },
  ],
  "AWS::SNS::Subscription": ({ TopicArn, Protocol, Endpoint, ...left }) => [
    `subscription ${Endpoint}`,
    { topic: TopicArn, protocol: Protocol, ...left },
  ],
  "AWS::CloudWatch::Alarm": ({ AlarmName, AlarmDescription, Namespace, MetricName, ...rest }) => {
    const { Dimensions, Statistic, Period, EvaluationPeriods, ComparisonOperator, Threshold, ...others } =
      rest;
    const { TreatMissingData, AlarmActions, Tags, ...left } = others;
    return [
      `alarm ${AlarmName}`,
      {
        description: AlarmDescription,
        metric: `${Namespace} ${MetricName} ${Statistic}`,
        dimensions: pairs(Dimensions, "Name", "Value"),
        period: Period,
        periods: EvaluationPeriods,
        threshold: `${ComparisonOperator} ${Threshold}`,
        missing: TreatMissingData,
        actions: AlarmActions,
        tags: tagsOf(Tags),
        ...left,
      },
    ];
  },
};

function roleOf(id: string, stack: ReadStack): Settings {
  const { AssumeRolePolicyDocument, Policies, Tags, ...left } = stack.all("AWS::IAM::Role").get(id) ?? {};
  return {
    trust: statementsOf(AssumeRolePolicyDocument),
    statements: Policies.flatMap((policy: Properties) => statementsOf(policy.PolicyDocument)),
    tags: tagsOf(Tags),
    ...left,
  };
}

function tagsOf(tags: readonly Properties[] | undefined): Settings {
  return pairs(tags ?? [], "Key", "Value");
}

function pairs(list: readonly Properties[], key: string, value: string): Settings {
  return Object.fromEntries(list.map((each) => [each[key], each[value]]));
}
