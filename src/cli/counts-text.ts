import type { StoreCounts } from "../local/store-counts.js";

/** A size as a person reads it: `1.8 GB`. */
export function sizeText(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  const power = bytes < 1_000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const amount = bytes / 1_000 ** power;
  return `${power === 0 ? amount : amount.toPrecision(3)} ${units[power]}`;
}

/** Instances by status, the whole first: `12 instances: 10 completed, 2 waiting`. */
export function instancesText({ instances }: StoreCounts): string {
  const counts = Object.entries(instances);
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  const word = total === 1 ? "instance" : "instances";
  const parts = counts.map(([status, count]) => `${count.toLocaleString("en-US")} ${status}`);
  return `${total.toLocaleString("en-US")} ${word}${total === 0 ? "" : `: ${parts.join(", ")}`}`;
}
