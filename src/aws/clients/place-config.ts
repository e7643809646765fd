/** Where AWS is. */
export interface AwsPlace {
  /** Default where the credentials point to. */
  readonly region?: string | undefined;
  /** Default where the SDK finds it. */
  readonly endpoint?: string | undefined;
}

/**
 * What any client of the SDK needs for a place. An emulator on this machine takes any credentials and region:
 * where none are set the SDK would look for some in vain.
 */
export function placeConfig({ region, endpoint }: AwsPlace) {
  const { AWS_ACCESS_KEY_ID, AWS_PROFILE, AWS_REGION } = process.env;
  const isKnown = [AWS_ACCESS_KEY_ID, AWS_PROFILE].some((value) => value !== undefined && value !== "");
  const isAnonymous = endpoint !== undefined && isLoopback(endpoint) && !isKnown;
  const known = region ?? (isAnonymous ? AWS_REGION || "us-east-1" : undefined);
  return {
    ...(known === undefined ? {} : { region: known }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(isAnonymous ? { credentials: { accessKeyId: "test", secretAccessKey: "test" } } : {}),
  };
}

function isLoopback(endpoint: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(endpoint).hostname);
}
