import type { FunctionResource, Statement, Topology } from "../../src/core/topology/topology.js";
import type { Need, Place } from "./aws-needs.js";

/** What somebody is allowed, or has to be: an action on a resource, and why. */
interface Right {
  readonly action: string;
  readonly resource: string;
  readonly why: string;
}

/** What the code of a function does, and what its user declares. */
export interface RoleNeeds {
  readonly code: readonly Need[];
  /** With the ARNs that it stands for. Default nothing. */
  readonly declared?: readonly Statement[];
}

/** What Lambda does with a function's role to feed it from a queue. */
const receiving = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
/** What Lambda does with it to keep what the function writes. */
const logging = ["logs:CreateLogStream", "logs:PutLogEvents"];

/** What a role lacks, and what it allows for nothing; each by name. Empty: it fits. */
export function checkRole(topology: Topology, role: FunctionResource, needs: RoleNeeds): readonly string[] {
  const needed = neededBy(topology, role, needs);
  const allowed = rightsOf(role.statements, "");
  const lacking = without(needed, allowed).map(
    ({ action, resource, why }) => `${role.id} lacks ${action} on ${resource}: ${why}`,
  );
  const spare = without(allowed, needed).map(
    ({ action, resource }) => `${role.id} is allowed ${action} on ${resource}, which it never does`,
  );
  return [...lacking, ...spare];
}

function neededBy(
  topology: Topology,
  role: FunctionResource,
  { code, declared = [] }: RoleNeeds,
): readonly Right[] {
  const fed = queuesOf(topology, role).map((resource): Statement => {
    return { actions: receiving, resources: [resource] };
  });
  const logs = `arn:{partition}:logs:{region}:{account}:log-group:${role.logGroup.name}:*`;
  return [
    ...code.flatMap((need) => rightsFor(topology, role, need)),
    ...rightsOf(fed, "Lambda feeds it from that queue"),
    ...rightsOf([{ actions: logging, resources: [logs] }], "Lambda keeps its log there"),
    ...rightsOf(declared, "it is declared"),
  ];
}

function rightsFor(topology: Topology, role: FunctionResource, { action, on, way }: Need): readonly Right[] {
  const why = `\n    ${way.join("\n    ")}`;
  const resources = resourcesOf(topology, role)[on];
  // A bucket is there only if one is configured; whoever has no queue cannot do anything to it.
  if (resources.length === 0 && on !== "bucket") return [{ action, resource: `no ${on}`, why }];
  return resources.map((resource) => ({ action, resource, why }));
}

function resourcesOf(topology: Topology, role: FunctionResource): Readonly<Record<Place, readonly string[]>> {
  const { table, bus, queues } = topology;
  const arnsOf = (kind: string) => queues.filter((queue) => queue.kind === kind).map(({ arn }) => arn);
  const bucket = role.environment.BACKSTEP_PAYLOAD_BUCKET;
  return {
    table: [table.arn],
    index: [`${table.arn}/index/${table.index.name}`],
    laneQueues: arnsOf("lane"),
    ownQueue: queuesOf(topology, role),
    timerQueue: arnsOf("timer"),
    bus: [bus.arn],
    bucket: bucket === undefined ? [] : [`arn:{partition}:s3:::${String(bucket)}/*`],
  };
}

/** The queues that feed a function. */
function queuesOf({ mappings, queues }: Topology, { id }: FunctionResource): readonly string[] {
  const feeding = mappings.filter((mapping) => mapping.function === id).map(({ queue }) => queue);
  return queues.filter((queue) => feeding.includes(queue.id)).map(({ arn }) => arn);
}

function rightsOf(statements: readonly Statement[], why: string): readonly Right[] {
  return statements.flatMap(({ actions, resources }) =>
    actions.flatMap((action) => resources.map((resource) => ({ action, resource, why }))),
  );
}

/** By the letter: a right that is wider than what is needed is not the same. */
function without(rights: readonly Right[], others: readonly Right[]): readonly Right[] {
  const keyOf = ({ action, resource }: Right) => `${action} ${resource}`;
  const known = new Set(others.map(keyOf));
  return rights.filter((right) => !known.has(keyOf(right)));
}
