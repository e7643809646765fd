import { type CodeLocations, codeLocations } from "../../aws/cloud-formation/code-locations.js";
import { environmentOf } from "../../aws/cloud-formation/outputs.js";
import { renderTemplate } from "../../aws/cloud-formation/render-template.js";
import { type Template, templateText } from "../../aws/cloud-formation/template.js";
import { applyTemplate, isUnmade, planTemplate } from "../../aws/deploy/apply-template.js";
import { type AssetBucket, assetUrl, openAssetBucket, uploadAsset } from "../../aws/deploy/asset-bucket.js";
import type { StackChange, TemplateSource } from "../../aws/deploy/change-set.js";
import { type Deployer, openDeployer } from "../../aws/deploy/deployer.js";
import { readStack } from "../../aws/deploy/read-stack.js";
import { requireAllShards, requireNoOrphans } from "../../aws/deploy/refusals.js";
import { requireDeployable, type SettledStack } from "../../aws/deploy/stack-state.js";
import { tableState } from "../../aws/deploy/table-of-stack.js";
import type { BackstepConfig } from "../../core/definition/define-config.js";
import { compileTopology } from "../../core/topology/compile-topology.js";
import type { Topology } from "../../core/topology/topology.js";
import { sizeText } from "../counts-text.js";
import { configNotFound, stageFile } from "../project.js";
import type { Session } from "../session.js";
import { readStageRecord, type StageRecord, writeStageRecord } from "../stage/stage-record.js";
import { bundleFunctions, entriesOf, type FunctionBundle } from "./bundle-functions.js";
import { deployPlace } from "./deploy-place.js";
import { findStack, requireSamePlace } from "./find-stack.js";
import { StackProgress } from "./stack-progress.js";

/** How to deploy. */
export interface DeployOptions {
  readonly stage: string;
  /** As it was given. */
  readonly endpoint: string | true | undefined;
  /** Says what would change, and changes nothing. */
  readonly isDry: boolean;
  /** Leaves open instances without their version where it must. */
  readonly isForced: boolean;
}

/** What a deployment did, or would do. */
export interface Deployment {
  readonly config: BackstepConfig;
  readonly topology: Topology;
  readonly region: string;
  readonly account: string;
  /** Nothing where the stack is so already. */
  readonly changes: readonly StackChange[];
  readonly bundles: readonly FunctionBundle[];
  /** Of the stack; none where there is none yet. */
  readonly outputs: Readonly<Record<string, string>>;
}

/** What CloudFormation takes in a call itself, bytes. */
const templateBytesMax = 51_200;

/** A stage that is being deployed. */
interface Work extends Pick<Deployment, "config" | "topology" | "bundles"> {
  readonly session: Session;
  readonly at: Deployer;
  readonly before: SettledStack | undefined;
  readonly template: Template;
  readonly code: CodeLocations;
}

/**
 * Deploys a stage of the project: checks, bundles, uploads, changes the stack and follows it. What can be
 * refused is refused before anything is changed.
 * @throws SagaError as its parts do
 */
export async function deployStage(session: Session, options: DeployOptions): Promise<Deployment> {
  const { root, config: configFile } = session.project;
  if (configFile === undefined) throw configNotFound(session.cwd);
  const { config } = await session.config();
  const { stage } = options;
  const topology = compileTopology(config, { stage });
  const record = await readStageRecord(root, stage);
  const ours = record?.stack === topology.stack ? record : undefined;
  const at = await openDeployer(deployPlace(session, options.endpoint, ours, config.aws));
  requireSamePlace(at, ours);
  const before = await findStack(session, at, topology);
  if (before !== undefined) requireDeployable(before, stage);
  await requireAllShards(at, topology, before?.metadata);
  if (!options.isForced) await requireNoOrphans(at, topology, before?.metadata);
  const bundles = await bundleFunctions({ root, configFile, entries: entriesOf(topology) });
  session.tell(`Bundled ${bundles.map(({ entry, bytes }) => `${entry} ${sizeText(bytes)}`).join(", ")}`);
  const code = codeLocations(topology.name, config.aws.assetBucket, bundles);
  const template = renderTemplate(topology, code);
  const work: Work = { session, at, config, topology, bundles, before, template, code };
  const changes = options.isDry ? await plan(work) : await apply(work);
  const outputs = (await readStack(at, topology.stack))?.outputs ?? {};
  const { region, account, endpoint } = at;
  if (!options.isDry) {
    const { name, stack } = topology;
    const deployedAt = new Date(session.clock.now()).toISOString();
    const environment = environmentOf(outputs);
    const made = { v: 1, name, stage, stack, region, account, deployedAt, environment, outputs } as const;
    await keepRecord(session, endpoint === undefined ? made : { ...made, endpoint });
  }
  return { config, topology, region, account, changes, bundles, outputs };
}

/** The stage is deployed all the same where that fails. */
async function keepRecord(session: Session, record: StageRecord): Promise<void> {
  try {
    await writeStageRecord(session.project.root, record);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const file = stageFile(record.stage);
    session.notice(`${file} cannot be written, so commands ask the stack where the stage is: ${why}`);
  }
}

async function plan({ at, before, topology, template, config }: Work): Promise<readonly StackChange[]> {
  const { stack, table } = topology;
  if (!isUnmade(before)) {
    const text = templateText(template);
    // The bucket is there: the stack was deployed from it.
    const isLarge = Buffer.byteLength(text) > templateBytesMax;
    const bucket = isLarge ? await openAssetBucket(at, config.aws.assetBucket) : undefined;
    return planTemplate(at, stack, await sourceOf(at, text, { bucket, topology }));
  }
  const isKept = (await tableState(at, table.name)) !== undefined;
  return Object.entries(template.Resources).map(([resource, { Type: type }]) => {
    return { action: isKept && type === "AWS::DynamoDB::Table" ? "import" : "add", type, resource };
  });
}

async function apply(work: Work): Promise<readonly StackChange[]> {
  const { session, at, config, topology, before, template } = work;
  const bucket = await openAssetBucket(at, config.aws.assetBucket);
  if (bucket.isNew) session.tell(`Made the bucket ${bucket.name} for code`);
  await upload(work, bucket);
  const progress = new StackProgress((line) => session.tell(line));
  return applyTemplate(at, {
    stack: topology.stack,
    table: topology.table.name,
    before,
    template: await sourceOf(at, templateText(template), { bucket, topology }),
    onChanges: (changes) => {
      session.tell(`${isUnmade(before) ? "Making" : "Changing"} the stack ${topology.stack} …`);
      progress.expect(changes);
    },
    onEvent: (event) => progress.take(event),
  });
}

async function upload({ session, at, bundles, code }: Work, bucket: AssetBucket): Promise<void> {
  const sent = await Promise.all(
    bundles.map(async ({ entry, zip: body, bytes }) => {
      const key = code.keys[entry] ?? "";
      return (await uploadAsset(at, bucket, { key, body, type: "application/zip" })) ? bytes : 0;
    }),
  );
  const bytes = sent.reduce((sum, each) => sum + each, 0);
  const there = bytes === 0 ? "The code is uploaded already" : `Uploaded ${sizeText(bytes)}`;
  session.tell(`${there}: bucket ${bucket.name}`);
}

interface Place {
  readonly bucket: AssetBucket | undefined;
  readonly topology: Topology;
}

async function sourceOf(at: Deployer, body: string, { bucket, topology }: Place): Promise<TemplateSource> {
  if (bucket === undefined || Buffer.byteLength(body) <= templateBytesMax) return { body };
  const { createHash } = await import("node:crypto");
  const sha256 = createHash("sha256").update(body).digest("hex");
  const key = `${topology.name}/template-${sha256}.json`;
  await uploadAsset(at, bucket, { key, body, type: "application/json" });
  return { url: assetUrl(at, bucket, key) };
}
