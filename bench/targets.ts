/** What a row is expected to be at least, or at most. */
export interface Target {
  readonly least?: number;
  readonly most?: number;
}

/** The targets, by the names of rows. A missed one is said; it fails nothing. */
export const targets: Readonly<Record<string, Target>> = {
  "core.transitionsPerSecond": { least: 200_000 },
  "embedded.overStore": { least: 0.5 },
  "embedded.single.overCommits": { most: 1.5 },
  "embedded.waiting.bytesPerInstance": { most: 2_048 },
  "embedded.at1mOverAt1k": { least: 0.75 },
  "embedded.at1mRandomOverAt1k": { least: 0.75 },
  "list.at100k.ms": { most: 500 },
  "list.command.at100k.ms": { most: 1_000 },
  "stuck.command.at100k.ms": { most: 1_000 },
  "cli.help.ms": { most: 300 },
  "aws.fused.writeUnitsPerInstance": { most: 10 },
  "aws.fused.queriesPerInstance": { most: 1 },
  "aws.fused.sendsPerInstance": { most: 1 },
  "aws.hop.writeUnitsPerInstance": { most: 10 },
  "aws.laneBundleBytes": { most: 60_000 },
  "peers.overRestate": { least: 10 },
  "peers.overDbos": { least: 10 },
};

/** A target and whether it is met, in a phrase. */
export function describeTarget({ least, most }: Target, value: number): string {
  const isMet = value >= (least ?? -Infinity) && value <= (most ?? Infinity);
  const bound =
    least === undefined ? `<= ${most?.toLocaleString("en-US")}` : `>= ${least.toLocaleString("en-US")}`;
  return `${bound} ${isMet ? "met" : "missed"}`;
}
