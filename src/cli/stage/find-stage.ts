import type { StagePlace } from "../../aws/stage/open-stage.js";
import { resourceNames } from "../../core/topology/resource-names.js";
import { isSagaError, SagaError } from "../../errors/saga-error.js";
import { deployPackages, deployPlace } from "../deploy/deploy-place.js";
import { loadAws } from "../load-aws.js";
import { stageFile } from "../project.js";
import type { Session } from "../session.js";
import { recordedStages } from "./recorded-stages.js";
import { readStageRecord } from "./stage-record.js";

/**
 * Where a stage is: as it was deployed from here, else as its stack says.
 * @throws SagaError STAGE_UNKNOWN, and what the configuration and a call of AWS throw
 */
export async function findStage(session: Session, stage: string): Promise<StagePlace> {
  const { root, config } = session.project;
  const record = await readStageRecord(root, stage);
  if (record !== undefined) return record;
  if (config === undefined) throw await stageUnknown(root, stage, "no configuration that names its stack");
  const { name, aws } = (await session.config()).config;
  if (name === undefined)
    throw await stageUnknown(root, stage, "no name in the configuration that leads to it");
  const { stack } = resourceNames(name, stage);
  const { findStack } = await loadAws(() => import("../../aws/stage/find-stack.js"), deployPackages);
  const found = await findStack(stack, deployPlace(session, undefined, undefined, aws)).catch(
    async (error: unknown) => {
      throw isSagaError(error) ? await unasked(root, stage, error) : error;
    },
  );
  if (found === undefined) throw await stageUnknown(root, stage, `no stack "${stack}" with outputs of ours`);
  return found;
}

/** The error about a stage that nothing leads to. @param missing what else could have led to it */
export async function stageUnknown(root: string, stage: string, missing: string): Promise<SagaError> {
  const { problem, known } = await unrecorded(root, stage, missing);
  return new SagaError("STAGE_UNKNOWN", problem, {
    fix: `Correct the name of the stage, or deploy it: backstep deploy --stage ${stage}.`,
    details: { stage, known },
  });
}

/** What went wrong, and why the stack was asked at all: the name of the stage may be the mistake. */
async function unasked(root: string, stage: string, error: SagaError): Promise<SagaError> {
  const { problem } = await unrecorded(root, stage, "its stack cannot be asked");
  const { code, fix, details } = error;
  return new SagaError(code, `${problem} ${error.problem}`, { fix, details, cause: error });
}

async function unrecorded(root: string, stage: string, missing: string) {
  const known = await recordedStages(root);
  const others = known.length === 0 ? "" : ` Deployed from here: ${known.join(", ")}.`;
  return { problem: `There is no ${stageFile(stage)}, and ${missing}.${others}`, known };
}
