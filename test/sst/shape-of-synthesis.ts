import { type Properties, type Settings, type StackShape, shapeOf, statementsOf } from "./stack-shape.js";
import type { Synthesis, SynthesisedResource } from "./synthesise.js";

type Entry = readonly [name: string, settings: Settings];
type Render = (inputs: Properties, synthesis: Synthesis, resource: SynthesisedResource) => Entry | undefined;

/** The shape of what SST would deploy. */
export function shapeOfSynthesis(synthesis: Synthesis): StackShape {
  const { tags } = synthesis.app.providers.aws.defaultTags;
  const entries = synthesis.resources.flatMap((resource): Entry[] => {
    const { type } = resource;
    if (type in ofSstAlone || /^(pulumi|sst):/.test(type)) return [];
    const render = renders[type];
    if (render === undefined) throw new Error(`The comparison knows no ${type}.`);
    const entry = render(resource.inputs, synthesis, resource);
    if (entry === undefined) return [];
    const [name, settings] = entry;
    return [[name, tagless.test(name) ? settings : { ...settings, tags }]];
  });
  const { _protect, ...outputs } = synthesis.outputs;
  return shapeOf([...entries, ["outputs", outputs]]);
}

/** What SST makes for itself, and why the template needs none. */
export const ofSstAlone: Readonly<Record<string, string>> = {
  "aws:s3/bucketObjectv2:BucketObjectv2": "the zip of a function; `backstep deploy` uploads its own",
  "random:index/randomBytes:RandomBytes": "the key that links are encrypted with; there are no links",
};

/** AWS takes no tags for these. */
const tagless = /^(queuePolicy|invokeConfig|schedule|topicPolicy|subscription) /;

/** What is left of a resource's inputs is compared under its own name: nothing is passed over. */
const renders: Readonly<Record<string, Render>> = {
  "aws:dynamodb/table:Table": ({ name, ...rest }, _, resource) => {
    const { attributes, hashKey, rangeKey, globalSecondaryIndexes, billingMode, ttl, ...others } = rest;
    const { pointInTimeRecovery, deletionProtectionEnabled, ...left } = others;
    return [
      `table ${name}`,
      {
        attributes: Object.fromEntries(attributes.map((each: Properties) => [each.name, each.type])),
        keys: { HASH: hashKey, RANGE: rangeKey },
        indexes: globalSecondaryIndexes.map((index: Properties) => ({
          name: index.name,
          keys: { HASH: index.hashKey, RANGE: index.rangeKey },
          projection: index.projectionType,
          carried: [...index.nonKeyAttributes].sort(),
        })),
        billing: billingMode,
        timeToLive: { attribute: ttl.attributeName, enabled: ttl.enabled },
        recovery: pointInTimeRecovery.enabled,
        protection: deletionProtectionEnabled,
        isRetained: resource.isRetained,
        ...left,
      },
    ];
  },
  "aws:sqs/queue:Queue": ({ name, redrivePolicy, ...rest }) => {
    const { fifoQueue, contentBasedDeduplication, deduplicationScope, fifoThroughputLimit, ...others } = rest;
    const { visibilityTimeoutSeconds, messageRetentionSeconds, delaySeconds, ...left } = others;
    return [
      `queue ${name}`,
      {
        fifo: fifoQueue,
        contentBased: contentBasedDeduplication,
        scope: deduplicationScope,
        throughput: fifoThroughputLimit,
        visibility: visibilityTimeoutSeconds,
        retention: messageRetentionSeconds,
        delay: delaySeconds,
        redrive: redrivePolicy === undefined ? undefined : JSON.parse(redrivePolicy),
        ...left,
      },
    ];
  },
  "aws:sqs/queuePolicy:QueuePolicy": ({ queueUrl, policy, ...left }) => [
    `queuePolicy ${queueUrl}`,
    { statements: statementsOf(policy), ...left },
  ],
  "aws:cloudwatch/logGroup:LogGroup": ({ name, retentionInDays, ...left }) => [
    `logGroup ${name}`,
    { retention: retentionInDays, ...left },
  ],
  "aws:iam/role:Role": () => undefined, // with what has it
  "aws:lambda/functionRecursionConfig:FunctionRecursionConfig": () => undefined, // with its function
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": (inputs) => {
    const { functionName, maximumRetryAttempts, ...left } = inputs;
    return [`invokeConfig ${functionName}`, { retries: maximumRetryAttempts, ...left }];
  },
  "aws:lambda/function:Function": ({ name, role, environment, ...rest }, synthesis, resource) => {
    const { runtime, architectures, handler, memorySize, timeout, loggingConfig, ...others } = rest;
    const { s3Bucket: _, s3Key: __, ...left } = others;
    const [recursion] = inputsOf(
      synthesis,
      "aws:lambda/functionRecursionConfig:FunctionRecursionConfig",
    ).filter(({ functionName }) => functionName === name);
    const build = synthesis.builds.find(({ functionID }) => `${functionID}Function` === resource.name);
    return [
      `function ${name}`,
      {
        runtime,
        architectures,
        handler,
        memory: memorySize,
        timeout,
        recursion: recursion?.recursiveLoop,
        logging: { group: loggingConfig.logGroup, format: loggingConfig.logFormat },
        environment: environment.variables,
        entry: /^functions\/(.+)\.handler$/.exec(build?.handler ?? "")?.[1],
        role: roleOf(role, synthesis),
        ...left,
      },
    ];
  },
  "aws:lambda/eventSourceMapping:EventSourceMapping": ({ eventSourceArn, functionName, ...rest }) => {
    const { enabled = true, batchSize, functionResponseTypes, scalingConfig, ...left } = rest;
    return [
      `mapping ${eventSourceArn} to ${functionName.split(":").at(-1)}`,
      {
        enabled,
        batchSize,
        responses: functionResponseTypes,
        concurrency: scalingConfig.maximumConcurrency,
        ...left,
      },
    ];
  },
  "aws:cloudwatch/eventBus:EventBus": ({ name, ...left }) => [`bus ${name}`, left],
  "aws:cloudwatch/eventTarget:EventTarget": () => undefined, // with its rule
  "aws:cloudwatch/eventRule:EventRule": ({ name, eventBusName, state, eventPattern, ...left }, synthesis) => {
    const targets = inputsOf(synthesis, "aws:cloudwatch/eventTarget:EventTarget");
    const [first = {}, ...more] = targets.filter(({ rule }) => rule === name);
    const { arn, deadLetterConfig, eventBusName: bus, rule: _, ...target } = first;
    return [
      `rule ${name}`,
      {
        bus: eventBusName,
        state,
        pattern: JSON.parse(eventPattern),
        target: {
          arn,
          deadLetter: deadLetterConfig?.arn,
          ...target,
          ...(bus === eventBusName ? {} : { bus }),
        },
        ...left,
        ...(more.length > 0 ? { more } : {}),
      },
    ];
  },
  "aws:scheduler/schedule:Schedule": ({ name, scheduleExpression, ...rest }, synthesis) => {
    const { flexibleTimeWindow, state, target: whole, ...left } = rest;
    const { arn, roleArn, retryPolicy, ...target } = whole;
    return [
      `schedule ${name}`,
      {
        expression: scheduleExpression,
        window: flexibleTimeWindow.mode,
        state,
        target: { arn, retries: retryPolicy.maximumRetryAttempts, ...target },
        role: roleOf(roleArn, synthesis),
        ...left,
      },
    ];
  },
  "aws:sns/topic:Topic": ({ name, ...left }) => [`topic ${name}`, left],
  "aws:sns/topicPolicy:TopicPolicy": ({ arn, policy, ...left }) => [
    `topicPolicy ${arn}`,
    { statements: statementsOf(policy), ...left },
  ],
  "aws:sns/topicSubscription:TopicSubscription": ({ topic, protocol, endpoint, ...left }) => [
    `subscription ${endpoint}`,
    { topic, protocol, ...left },
  ],
  "aws:cloudwatch/metricAlarm:MetricAlarm": ({ name, alarmDescription, namespace, metricName, ...rest }) => {
    const { dimensions, statistic, period, evaluationPeriods, comparisonOperator, threshold, ...others } =
      rest;
    const { treatMissingData, alarmActions, ...left } = others;
    return [
      `alarm ${name}`,
      {
        description: alarmDescription,
        metric: `${namespace} ${metricName} ${statistic}`,
        dimensions,
        period,
        periods: evaluationPeriods,
        threshold: `${comparisonOperator} ${threshold}`,
        missing: treatMissingData,
        actions: alarmActions,
        ...left,
      },
    ];
  },
};

function roleOf(arn: string, synthesis: Synthesis): Settings {
  const found = inputsOf(synthesis, "aws:iam/role:Role").find(({ name }) => arn.endsWith(`role/${name}`));
  const { name: _, assumeRolePolicy, inlinePolicies, managedPolicyArns = [], ...left } = found ?? {};
  return {
    trust: statementsOf(assumeRolePolicy),
    statements: inlinePolicies.flatMap(({ policy }: Properties) => statementsOf(policy)),
    tags: synthesis.app.providers.aws.defaultTags.tags,
    ...(managedPolicyArns.length > 0 ? { managedPolicyArns } : {}),
    ...left,
  };
}

function inputsOf({ resources }: Synthesis, type: string): readonly Properties[] {
  return resources.filter((resource) => resource.type === type).map(({ inputs }) => inputs);
}
