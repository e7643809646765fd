import { arnOf } from "./resource-names.js";
import type { RuleResource, RuleTarget } from "./topology.js";
import type { TopologyParts } from "./topology-parts.js";

/** The domain event that tells of a parked instance. */
export const parkedEvent = "saga.parked";

/** The rules of the bus: in to the sagas, out to subscribers, and parked instances to the alarms. */
export function stackRules({ names, settings, awaited }: TopologyParts): readonly RuleResource[] {
  const rule = (id: string, events: readonly string[], target: RuleTarget): RuleResource => {
    const name = names.own(id);
    return { id, name, arn: arnOf("events", `rule/${names.stack}/${name}`), events, target };
  };
  return [
    ...(awaited.length === 0 ? [] : [rule("ingest", awaited, { queue: "ingest" })]),
    ...Object.entries(settings.subscribers).map(([subscriber, events]) =>
      rule(`to-${subscriber}`, events, { queue: `to-${subscriber}` }),
    ),
    rule("parked", [parkedEvent], { topic: true }),
  ];
}
