import type { FunctionResource, MappingResource, Topology } from "../../core/topology/topology.js";
import { SagaError } from "../../errors/saga-error.js";
import { type CodeLocations, renderBucket } from "./code-locations.js";
import { arnOf, ref } from "./intrinsics.js";
import { logicalIds } from "./logical-ids.js";
import { role, trust } from "./policy.js";
import type { TemplateEntry, TemplateValue } from "./template.js";
import { renderVariables } from "./variables.js";

/** Functions, each with its log group, its role and its settings for invocations; then what feeds them. */
export function functionResources(
  topology: Topology,
  code: CodeLocations,
  tags: TemplateValue,
): readonly TemplateEntry[] {
  const functions = topology.functions.flatMap((each): TemplateEntry[] => {
    const { id, logGroup, statements } = each;
    const logs = { LogGroupName: logGroup.name, RetentionInDays: logGroup.retentionDays, Tags: tags };
    const rights = { ...role(trust("lambda.amazonaws.com"), statements), Tags: tags };
    const Code = { S3Bucket: renderBucket(code.bucket), S3Key: keyOf(each, code) };
    const Environment = { Variables: renderVariables(each.environment, topology) };
    const properties = { ...functionProperties(each), Code, Environment, Tags: tags };
    return [
      [logicalIds.logGroup(id), { Type: "AWS::Logs::LogGroup", Properties: logs }],
      [logicalIds.role(id), { Type: "AWS::IAM::Role", Properties: rights }],
      [logicalIds.function(id), { Type: "AWS::Lambda::Function", Properties: properties }],
      ...invokeConfig(each),
    ];
  });
  return [...functions, ...topology.mappings.map((mapping) => mappingResource(mapping, tags))];
}

function keyOf({ entry }: FunctionResource, { keys }: CodeLocations): string {
  const { [entry]: key } = keys;
  if (key !== undefined) return key;
  throw new SagaError("BUNDLE_FAILED", `There is no bundle of functions/${entry}.`, {
    fix: "Bundle every entry that the topology names.",
    details: { entry },
  });
}

function functionProperties(each: FunctionResource): Readonly<Record<string, TemplateValue>> {
  return {
    FunctionName: each.name,
    Runtime: each.runtime,
    Architectures: [each.architecture],
    Handler: "index.handler",
    MemorySize: each.memoryMegabytes,
    Timeout: each.timeoutSeconds,
    RecursiveLoop: each.recursiveLoop,
    Role: arnOf(logicalIds.role(each.id)),
    LoggingConfig: { LogGroup: ref(logicalIds.logGroup(each.id)) },
  };
}

function invokeConfig({ id, asyncRetries }: FunctionResource): readonly TemplateEntry[] {
  if (asyncRetries === undefined) return [];
  const properties = {
    FunctionName: ref(logicalIds.function(id)),
    Qualifier: "$LATEST",
    MaximumRetryAttempts: asyncRetries,
  };
  const type = "AWS::Lambda::EventInvokeConfig";
  return [[logicalIds.invokeConfig(id), { Type: type, Properties: properties }]];
}

function mappingResource(mapping: MappingResource, tags: TemplateValue): TemplateEntry {
  const properties = {
    EventSourceArn: arnOf(logicalIds.queue(mapping.queue)),
    FunctionName: ref(logicalIds.function(mapping.function)),
    Enabled: true,
    BatchSize: mapping.batchSize,
    FunctionResponseTypes: ["ReportBatchItemFailures"],
    ScalingConfig: { MaximumConcurrency: mapping.maximumConcurrency },
    Tags: tags,
  };
  return [
    logicalIds.mapping(mapping.id),
    { Type: "AWS::Lambda::EventSourceMapping", Properties: properties },
  ];
}
