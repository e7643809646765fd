import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { bundleLane } from "../../bench/aws/bundle-lane.js";

/** The most bytes that the function of a saga of one step may have, minified and as it is uploaded. */
const ceilings = { minified: 131_000, zipped: 45_000 };

describe("the bundled function of a lane", () => {
  let made: Awaited<ReturnType<typeof bundleLane>>;

  beforeAll(async () => {
    made = await bundleLane();
  });

  it(`has at most ${ceilings.minified} bytes minified, and ${ceilings.zipped} as it is uploaded`, () => {
    expect(made.script.length).toBeGreaterThan(50_000);
    expect(made.script.length).toBeLessThanOrEqual(ceilings.minified);
    expect(gzipSync(made.script).length).toBeLessThanOrEqual(ceilings.zipped);
  });

  it("loads of the SDK only DynamoDB and SQS before a saga needs more", () => {
    const imports = Object.values(made.metafile.outputs).flatMap((output) => output.imports);
    const packages = (kind: string) => {
      const found = imports.filter((each) => each.kind === kind && !each.path.startsWith("node:"));
      return [...new Set(found.map(({ path }) => path))].sort();
    };
    expect(packages("import-statement")).toEqual(["@aws-sdk/client-dynamodb", "@aws-sdk/client-sqs", "zod"]);
    expect(packages("dynamic-import")).toEqual(["@aws-sdk/client-eventbridge", "@aws-sdk/client-s3"]);
  });
});
