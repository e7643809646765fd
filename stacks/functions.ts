import type { FunctionResource, Topology, VariableValue } from "backstep/topology";
import { logicalName } from "./names.js";
import { permissionsOf, policyText } from "./permissions.js";
import type { Queues } from "./queues.js";

/** The functions, by their id. */
export type Functions = Readonly<Record<string, sst.aws.Function>>;

const principal = { Service: "lambda.amazonaws.com" };
const byLambda = policyText([{ Principal: principal, Action: "sts:AssumeRole" }]);

/** Makes the functions, each with its role and log group, and feeds them from their queues. */
export function createFunctions(topology: Topology, queues: Queues): Functions {
  const resolve = variablesFrom(topology, queues);
  const made = Object.fromEntries(topology.functions.map((each) => [each.id, createFunction(each, resolve)]));
  for (const mapping of topology.mappings) {
    const { batchSize, maximumConcurrency } = mapping;
    queues[mapping.queue].subscribe(made[mapping.function].arn, {
      batch: { size: batchSize, partialResponses: true },
      transform: { eventSourceMapping: { scalingConfig: { maximumConcurrency } } },
    });
  }
  return made;
}

type Resolve = (value: VariableValue) => $util.Input<string>;

function createFunction(each: FunctionResource, resolve: Resolve): sst.aws.Function {
  const name = logicalName(each.id, "function");
  const variables = Object.fromEntries(
    Object.entries(each.environment).map(([variable, value]) => [variable, resolve(value)]),
  );
  const component = new sst.aws.Function(name, {
    name: each.name,
    handler: `functions/${each.entry}.handler`,
    runtime: each.runtime,
    architecture: each.architecture,
    memory: `${each.memoryMegabytes} MB`,
    timeout: `${each.timeoutSeconds} seconds`,
    permissions: permissionsOf(each.statements),
    ...(each.asyncRetries === undefined ? {} : { retries: each.asyncRetries }),
    nodejs: { minify: true, sourcemap: true, splitting: true },
    dev: false, // `sst dev` leaves the function as it is deployed
    transform: {
      // Else SST adds variables for links, lets each role write every log, and all of the account take it.
      function: { environment: { variables } },
      role: { managedPolicyArns: [], assumeRolePolicy: byLambda },
      logGroup: { name: each.logGroup.name, retentionInDays: each.logGroup.retentionDays },
    },
  });
  new aws.lambda.FunctionRecursionConfig(`${name}Recursion`, {
    functionName: component.name,
    recursiveLoop: each.recursiveLoop,
  });
  return component;
}

/** What variables are set to: texts, URLs of queues, and the URL of all lanes' queues. */
export function variablesFrom(topology: Topology, queues: Queues): Resolve {
  return (value) => {
    if (typeof value === "string") return value;
    if ("urlOf" in value) return queues[value.urlOf].url;
    const [anyLane] = topology.queues.filter(({ kind }) => kind === "lane");
    return queues[anyLane.id].url.apply((url) => url.replace(anyLane.name, `${topology.stack}-{lane}.fifo`));
  };
}
