/** The name of a resource in SST's state: `lane-main` → `LaneMain`. */
export function logicalName(...parts: readonly string[]): string {
  const words = parts.flatMap((part) => part.split(/[^A-Za-z0-9]+/));
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
}

const { partition } = aws.getPartitionOutput();
const { region } = aws.getRegionOutput();

/** The account that the stack is deployed to. */
export const { accountId } = aws.getCallerIdentityOutput();

/** An ARN of a topology, its placeholders filled in. */
export function resolveArn(arn: string): $util.Output<string> {
  return $util
    .all([partition, region, accountId])
    .apply(([partition, region, account]) =>
      arn
        .replaceAll("{partition}", partition)
        .replaceAll("{region}", region)
        .replaceAll("{account}", account),
    );
}
