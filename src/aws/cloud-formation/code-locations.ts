import { located } from "./intrinsics.js";
import type { TemplateValue } from "./template.js";

/** Where the code of the functions is. */
export interface CodeLocations {
  /** A bucket that was named; `undefined` is the one that the first deployment makes. */
  readonly bucket: string | undefined;
  /** The object in it, by entry: `shop/lane-<sha256>.zip`. */
  readonly keys: Readonly<Record<string, string>>;
}

/** A bundle by its content. */
export interface CodeBundle {
  /** The file of `functions/`, without extension. */
  readonly entry: string;
  /** Of the zip, in hexadecimal. */
  readonly sha256: string;
}

/**
 * Says where bundles are, or go to.
 * @param name of the project
 * @param bucket `undefined`: the one that the first deployment makes
 */
export function codeLocations(
  name: string,
  bucket: string | undefined,
  bundles: readonly CodeBundle[],
): CodeLocations {
  const keys = bundles.map(({ entry, sha256 }) => [entry, `${name}/${entry}-${sha256}.zip`]);
  return { bucket, keys: Object.fromEntries(keys) };
}

/** The bucket that the first deployment to a region of an account makes. */
export function assetBucketName({ account, region }: Readonly<Record<"account" | "region", string>>): string {
  return `backstep-${account}-${region}`;
}

/** The bucket as a template says it: without the account, which `synth` does not know. */
export function renderBucket(bucket: string | undefined): TemplateValue {
  return bucket ?? located(assetBucketName({ account: "{account}", region: "{region}" }));
}
