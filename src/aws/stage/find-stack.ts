import { environmentOf } from "../cloud-formation/outputs.js";
import { type DeployPlace, openDeployer } from "../deploy/deployer.js";
import { readStack } from "../deploy/read-stack.js";
import type { StagePlace } from "./open-stage.js";

/**
 * Asks CloudFormation where a stage is.
 * @param stack its name
 * @returns `undefined` where there is no such stack, or it was never made to its end
 * @throws SagaError CREDENTIALS_MISSING, AWS_UNREACHABLE, AWS_DENIED, ENVIRONMENT_INVALID
 */
export async function findStack(stack: string, place: DeployPlace): Promise<StagePlace | undefined> {
  const at = await openDeployer(place);
  const environment = environmentOf((await readStack(at, stack))?.outputs ?? {});
  if (Object.keys(environment).length === 0) return undefined;
  return { environment, region: at.region, endpoint: at.endpoint };
}
