import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import { clientDefaults } from "./client-defaults.js";
import { limitCalls } from "./limit-calls.js";

/**
 * Makes a tuned client for S3. Where an endpoint is given, buckets are named in the path: an emulator has no
 * host name for each.
 * @param config goes before our defaults
 */
export function createS3Client(config: S3ClientConfig = {}): S3Client {
  const { AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3 } = process.env;
  const forcePathStyle = (config.endpoint ?? AWS_ENDPOINT_URL_S3 ?? AWS_ENDPOINT_URL) !== undefined;
  return limitCalls(new S3Client({ ...clientDefaults, forcePathStyle, ...config }));
}
