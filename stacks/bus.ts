import type { RuleResource, Topology } from "backstep/topology";
import { logicalName } from "./names.js";
import { createPolicies } from "./permissions.js";
import type { Queues } from "./queues.js";

/** Makes the bus, and the rules that bring domain events to queues and to the alarms. */
export function createBus(topology: Topology, queues: Queues, topic: sst.aws.SnsTopic): sst.aws.Bus {
  const bus = new sst.aws.Bus("Bus", { transform: { bus: { name: topology.bus.name } } });
  const policies = createPolicies(topology, queues, topic);
  for (const rule of topology.rules) {
    const name = logicalName(rule.id, "rule");
    const { name: ruleName } = new aws.cloudwatch.EventRule(name, {
      name: rule.name,
      eventBusName: bus.name,
      state: "ENABLED",
      eventPattern: JSON.stringify({ "detail-type": rule.events }),
    });
    new aws.cloudwatch.EventTarget(
      `${name}Target`,
      { rule: ruleName, eventBusName: bus.name, ...targetOf(rule, topology, queues, topic) },
      { dependsOn: policies }, // what cannot be delivered before is lost
    );
  }
  return bus;
}

function targetOf({ target }: RuleResource, topology: Topology, queues: Queues, topic: sst.aws.SnsTopic) {
  if ("topic" in target) return { arn: topic.arn };
  const { arn } = queues[target.queue];
  const deadLetter = topology.queues.find(({ id }) => id === target.queue)?.deadLetter;
  return { arn, ...(deadLetter ? { deadLetterConfig: { arn: queues[deadLetter.queue].arn } } : {}) };
}
