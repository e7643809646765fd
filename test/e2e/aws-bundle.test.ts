import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build, type Metafile } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");

/** The most bytes that the function of a saga of one step may have, minified and as it is uploaded. */
const ceilings = { minified: 125_000, zipped: 42_000 };

const tinyFunction = `
import { defineSaga } from "backstep";
import { createLaneHandler } from "backstep/aws";
import { z } from "zod";

const saga = defineSaga({ name: "tiny", version: 1, input: z.object({ id: z.string() }), id: ({ id }) => id })
  .step("only", { run: () => undefined, compensate: "none" })
  .build();

export const handler = createLaneHandler({ sagas: [saga] });
`;

/** Bundles into one file, as a deployment does. The SDK comes with Lambda, zod with the project. */
async function bundle(): Promise<{ readonly script: Uint8Array; readonly metafile: Metafile }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: tinyFunction, resolveDir: root, loader: "ts" },
    alias: { "backstep/aws": join(root, "src/aws/index.ts"), backstep: join(root, "src/index.ts") },
    external: ["@aws-sdk/*", "@smithy/*", "zod"],
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node20",
    tsconfigRaw: {},
    write: false,
    metafile: true,
  });
  return { script: outputFiles[0]?.contents ?? new Uint8Array(), metafile };
}

describe("the bundled function of a lane", () => {
  let made: Awaited<ReturnType<typeof bundle>>;

  beforeAll(async () => {
    made = await bundle();
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
