import { resourceNames } from "../../core/topology/resource-names.js";
import type { DeployableConfig } from "../../core/topology/topology-parts.js";
import type { ErrorCode } from "../../errors/catalogue.js";
import { isSagaError } from "../../errors/saga-error.js";
import type { Operator } from "../../runtime/operate/operator.js";
import type { Registry } from "../../runtime/registry.js";
import type { ClientPorts } from "../aws-ports.js";
import type { ClientEnvironment } from "../environment.js";
import { openOnce } from "../open-once.js";
import { checkStage } from "./checkup/check-stage.js";
import type { DynamoDbOperatorStore } from "./dynamo-db-operator-store.js";
import { readMade } from "./made-stack.js";
import { mendStage } from "./mend-stage.js";
import { SqsLaneDesk } from "./sqs-lane-desk.js";
import { queueUrls, shapeOfConfig, shapeOfStack } from "./stage-shape.js";
import type { StageTools } from "./stage-tools.js";

/** What the operator of a stage stands on. */
export interface StageOperatorOptions {
  readonly stage: string;
  /** Where AWS answers; `undefined`: where the SDK finds it. */
  readonly endpoint: string | undefined;
  /** `undefined`: what must be there is asked of the stack. */
  readonly config: DeployableConfig | undefined;
  readonly environment: ClientEnvironment;
  readonly ports: ClientPorts;
  readonly registry: Registry;
  readonly records: DynamoDbOperatorStore;
  readonly tools: StageTools;
}

/** Why a stack cannot be asked. */
const unasked: readonly ErrorCode[] = ["PACKAGE_MISSING", "AWS_DENIED", "AWS_UNREACHABLE"];

/** @returns `undefined` where a stack cannot be asked: a checkup says why */
async function unlessUnasked<Found>(ask: () => Promise<Found>): Promise<Found | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (isSagaError(error) && unasked.includes(error.code)) return undefined;
    throw error;
  }
}

/** Makes what operators of a deployed stage work with. Calls nobody. @throws SagaError ENVIRONMENT_INVALID */
export function createStageOperator(options: StageOperatorOptions): Operator {
  const { stage, endpoint, config, environment, ports, registry, records, tools } = options;
  const { laneQueueUrl, table: stack } = environment;
  const { clock, store } = ports;
  const names = resourceNames(stack.slice(0, -`-${stage}`.length), stage);

  async function shape() {
    const isConfigured = config?.name !== undefined && resourceNames(config.name, stage).stack === stack;
    if (!isConfigured) return shapeOfStack(await tools.stack());
    const made = await unlessUnasked(async () => readMade(await tools.stack()));
    return shapeOfConfig(config, stage, queueUrls(laneQueueUrl), made);
  }

  const deployed = openOnce(async () => {
    return unlessUnasked(async () => (await (await tools.stack()).metadata())?.sagas);
  });

  return {
    ...ports,
    registry,
    records,
    desk: new SqsLaneDesk({ tools, clock, laneQueueUrl, lanes: registry.lanes }),
    deployed,
    checkup: () =>
      checkStage({
        ...{ stack, stage, endpoint, tools, records, clock, shape },
        index: store,
        watchdog: names.own("watchdog"),
      }),
    mend: (mend) => mendStage(tools, mend),
  };
}
