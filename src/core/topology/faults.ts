import { placedNodes } from "../definition/placed-nodes.js";
import { parkedEvent } from "./stack-rules.js";
import type { Topology } from "./topology.js";
import type { DeployableConfig, TopologyParts } from "./topology-parts.js";

/** What is wrong with a topology, and what to do about it. */
export interface TopologyFault {
  readonly problem: string;
  readonly fix: string;
}

/** The fault, unless the rule is kept. */
export function faultUnless(isKept: boolean, fault: TopologyFault): readonly TopologyFault[] {
  return isKept ? [] : [fault];
}

/** Names that are too long, and names that two resources have. */
export function nameFaults(topology: Topology): readonly TopologyFault[] {
  const { stack, table, bus, topic, queues, functions, rules, schedules, alarms } = topology;
  return [
    ...namesOf("stack", 128, [{ name: stack }]),
    ...namesOf("table", 255, [table]),
    ...namesOf("bus", 256, [bus]),
    ...namesOf("topic", 256, [topic]),
    ...namesOf("queue", 80, queues),
    ...namesOf("function", 64, functions),
    ...namesOf("rule", 64, rules),
    ...namesOf("schedule", 64, schedules),
    ...namesOf("alarm", 255, alarms),
  ];
}

/** @param lengthMax of AWS */
function namesOf(
  kind: string,
  lengthMax: number,
  resources: readonly { readonly name: string }[],
): readonly TopologyFault[] {
  const names = resources.map(({ name }) => name);
  return names.flatMap((name, at) => [
    ...faultUnless(name.length <= lengthMax, {
      problem: `The name of the ${kind} "${name}" has ${name.length} characters; AWS takes ${lengthMax}.`,
      fix: "Shorten the name of the configuration, the stage, or the saga, step or lane in it.",
    }),
    ...faultUnless(names.indexOf(name) === at, {
      problem: `Two resources are named "${name}" as a ${kind}.`,
      fix: "Rename the lane or the subscriber.",
    }),
  ]);
}

/** Settings that name what is not there. */
export function settingFaults(
  { sagas }: Pick<DeployableConfig, "sagas">,
  { settings, lanes }: Pick<TopologyParts, "settings" | "lanes">,
): readonly TopologyFault[] {
  const known = lanes.map(({ lane }) => lane);
  const published = [...new Set([parkedEvent, ...sagas.flatMap(publishedBy)])];
  return [
    ...Object.keys(settings.lanes).flatMap((lane) =>
      faultUnless(known.includes(lane), {
        problem: `aws.lanes has settings for "${lane}", which is no lane.`,
        fix: `Name one of the lanes: ${known.join(", ")}.`,
      }),
    ),
    ...Object.entries(settings.subscribers).flatMap(([subscriber, events]) =>
      events.flatMap((event) =>
        faultUnless(published.includes(event), {
          problem: `The subscriber "${subscriber}" wants "${event}", which no saga publishes.`,
          fix: `Name what is published: ${published.join(", ")}.`,
        }),
      ),
    ),
  ];
}

function publishedBy(saga: DeployableConfig["sagas"][number]): string[] {
  const emitted = placedNodes(saga).flatMap(({ node }) => {
    if (node.kind !== "emit") return [];
    const back = node.takeBack === undefined || node.takeBack === "none" ? [] : [node.takeBack.event.name];
    return [node.event.name, ...back];
  });
  return [...emitted, ...Object.values(saga.onEnd).map(({ event }) => event.name)];
}
