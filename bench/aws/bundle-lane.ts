import { join } from "node:path";
import { build, type Metafile } from "esbuild";
import { findRoot } from "../work-folder.js";

const tinyFunction = `
import { defineSaga } from "backstep";
import { createLaneHandler } from "backstep/aws";
import { z } from "zod";

const saga = defineSaga({ name: "tiny", version: 1, input: z.object({ id: z.string() }), id: ({ id }) => id })
  .step("only", { run: () => undefined, compensate: "none" })
  .build();

export const handler = createLaneHandler({ sagas: [saga] });
`;

/**
 * Bundles the function of a lane with a saga of one step into one file, minified, as a deployment does. The
 * SDK comes with Lambda, zod with the project.
 */
export async function bundleLane(): Promise<{ readonly script: Uint8Array; readonly metafile: Metafile }> {
  const root = findRoot();
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
