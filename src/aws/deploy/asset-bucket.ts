import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
} from "@aws-sdk/client-s3";
import { SagaError } from "../../errors/saga-error.js";
import { awsError } from "../aws-error.js";
import { assetBucketName } from "../cloud-formation/code-locations.js";
import type { Deployer } from "./deployer.js";

/** A bucket of the caller's own. */
export interface AssetBucket {
  readonly name: string;
  /** Whether it was made just now. */
  readonly isNew: boolean;
}

/** What is uploaded: its key names its content, so that what is there need not be sent again. */
export interface Asset {
  readonly key: string;
  readonly body: Uint8Array | string;
  readonly type: string;
}

/**
 * Opens the bucket for code: the one that was named, or that of the account and region, which is made where
 * it is not there.
 * @param named `aws.assetBucket` of the configuration
 * @throws SagaError BUCKET_INVALID for one that is another's, elsewhere, or not there
 */
export async function openAssetBucket(at: Deployer, named: string | undefined): Promise<AssetBucket> {
  const name = named ?? assetBucketName(at);
  const found = await headBucket(at, name);
  if (found === "there") return { name, isNew: false };
  if (named !== undefined) {
    const fix = "Make it, or leave aws.assetBucket out: the first deployment then makes one.";
    throw new SagaError("BUCKET_INVALID", `There is no bucket "${name}".`, {
      fix,
      details: { bucket: name },
    });
  }
  await makeBucket(at, name);
  return { name, isNew: true };
}

async function headBucket(at: Deployer, name: string): Promise<"there" | "absent"> {
  try {
    await at.s3.send(new HeadBucketCommand({ Bucket: name, ExpectedBucketOwner: at.account }));
    return "there";
  } catch (error) {
    if (statusOf(error) === 404) return "absent";
    throw bucketError(at, name, error);
  }
}

async function makeBucket(at: Deployer, name: string): Promise<void> {
  const { region } = at;
  // us-east-1 is where a bucket is without a word about it; its name is not accepted.
  const place =
    region === "us-east-1"
      ? {}
      : { CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint } };
  try {
    await at.s3.send(new CreateBucketCommand({ Bucket: name, ...place }));
  } catch (error) {
    if (nameOf(error) !== "BucketAlreadyOwnedByYou") throw bucketError(at, name, error);
  }
  try {
    await at.s3.send(
      new PutPublicAccessBlockCommand({
        Bucket: name,
        ExpectedBucketOwner: at.account,
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      }),
    );
  } catch (error) {
    throw bucketError(at, name, error);
  }
}

/** Uploads what is not there. @returns whether it had to */
export async function uploadAsset(at: Deployer, { name }: AssetBucket, asset: Asset): Promise<boolean> {
  const { key: Key, body: Body, type: ContentType } = asset;
  const object = { Bucket: name, Key, ExpectedBucketOwner: at.account };
  try {
    await at.s3.send(new HeadObjectCommand(object));
    return false;
  } catch (error) {
    // 403 is also the answer to who may write there and not list.
    if (![403, 404].includes(statusOf(error) ?? 0)) throw bucketError(at, name, error);
  }
  try {
    await at.s3.send(new PutObjectCommand({ ...object, Body, ContentType }));
    return true;
  } catch (error) {
    throw bucketError(at, name, error);
  }
}

/** Where CloudFormation finds what was uploaded: in the path, for no host name has a bucket with a dot. */
export function assetUrl({ endpoint, region }: Deployer, { name }: AssetBucket, key: string): string {
  const suffix = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  const host = endpoint?.replace(/\/$/, "") ?? `https://s3.${region}.${suffix}`;
  return `${host}/${name}/${key}`;
}

/** S3 says of a bucket that is not ours no more than that we may not use it. */
function bucketError({ account, region, endpoint }: Deployer, name: string, error: unknown): unknown {
  const status = statusOf(error);
  const invalid = (why: string) =>
    new SagaError("BUCKET_INVALID", `The bucket "${name}" ${why}.`, {
      details: { bucket: name, account },
      cause: error,
    });
  const silent = awsError(error, { endpoint, resource: `bucket "${name}"` });
  if (silent !== error && status !== 403) return silent;
  if (status === 403) return invalid(`is not of the account ${account}, or its policy keeps us out`);
  // Regions tell a stranger in one of two ways.
  if (status === 301 || status === 400) return invalid(`is not in ${region}`);
  if (nameOf(error) === "BucketAlreadyExists") return invalid("belongs to another account");
  return error;
}

/** A HEAD has no body: what went wrong is in its status alone. */
function statusOf(error: unknown): number | undefined {
  const { $metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: number } };
  return $metadata?.httpStatusCode;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "";
}
