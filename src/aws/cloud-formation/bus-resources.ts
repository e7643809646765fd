import type { RuleResource, RuleTarget, Topology } from "../../core/topology/topology.js";
import { arnOf, ref } from "./intrinsics.js";
import { logicalIds } from "./logical-ids.js";
import type { TemplateEntry, TemplateValue } from "./template.js";

/** The bus and its rules. */
export function busResources(topology: Topology, tags: TemplateValue): readonly TemplateEntry[] {
  const bus: TemplateEntry = [
    logicalIds.bus,
    { Type: "AWS::Events::EventBus", Properties: { Name: topology.bus.name, Tags: tags } },
  ];
  return [bus, ...topology.rules.map((rule) => ruleResource(rule, topology, tags))];
}

function ruleResource(rule: RuleResource, topology: Topology, tags: TemplateValue): TemplateEntry {
  const properties = {
    Name: rule.name,
    EventBusName: ref(logicalIds.bus),
    State: "ENABLED",
    EventPattern: { "detail-type": rule.events },
    Targets: [renderTarget(rule.target, topology)],
    Tags: tags,
  };
  return [
    logicalIds.rule(rule.id),
    { Type: "AWS::Events::Rule", DependsOn: permitsOf(rule, topology), Properties: properties },
  ];
}

/** The policies that let it deliver: what it takes before they are there is lost. */
function permitsOf({ id, target }: RuleResource, { queues }: Topology): readonly string[] {
  if ("topic" in target) return [logicalIds.topicPolicy];
  return queues.filter(({ rules }) => rules.includes(id)).map((queue) => logicalIds.queuePolicy(queue.id));
}

function renderTarget(target: RuleTarget, { queues }: Topology): TemplateValue {
  if ("topic" in target) return { Id: "topic", Arn: ref(logicalIds.topic) };
  const { deadLetter } = queues.find(({ id }) => id === target.queue) ?? {};
  const undelivered =
    deadLetter === undefined ? {} : { DeadLetterConfig: { Arn: arnOf(logicalIds.queue(deadLetter.queue)) } };
  return { Id: "queue", Arn: arnOf(logicalIds.queue(target.queue)), ...undelivered };
}
