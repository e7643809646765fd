import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const root = new URL("../../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");
const rows = ["aws", "bench", "peers"].flatMap((name) => {
  const report = JSON.parse(read(`bench/results/${name}.json`)) as {
    readonly rows: readonly { readonly name: string; readonly median: number }[];
  };
  return report.rows;
});

/** As the README writes it: two digits, or a whole number with commas. */
const written = (value: number) =>
  value >= 100 ? Math.round(value).toLocaleString("en-US") : String(Number(value.toFixed(value < 1 ? 2 : 1)));

describe("the README's figures", () => {
  it.each([
    "embedded.fused.instancesPerSecond",
    "embedded.overStore",
    "embedded.single.p50Ms",
    "embedded.at1mOverAt1k",
    "embedded.waiting.bytesPerInstance",
    "peers.overRestate",
    "peers.overDbos",
  ])("are those of the last results: %s", (name) => {
    const [, performance = ""] = read("README.md").split("## Performance");
    const median = rows.find((row) => row.name === name)?.median ?? Number.NaN;
    expect(performance.split("## ")[0]).toContain(written(median));
  });

  it.each([
    ["aws.fused.usdPerMillionBatch10", 2],
    ["aws.fused.usdPerMillionBatch1", 2],
    ["aws.peers.stepFunctionsStandard.usdPerMillion", 0],
  ])("are those of the last results: %s", (name, digits) => {
    const [, aws = ""] = read("README.md").split("## On AWS");
    const median = rows.find((row) => row.name === name)?.median ?? Number.NaN;
    expect(aws.split("## ")[0]).toContain(`$${median.toFixed(digits)}`);
  });
});
