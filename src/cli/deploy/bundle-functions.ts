import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join, relative, sep } from "node:path";
import type { BuildOptions, OutputFile, Plugin } from "esbuild";
import type { Zippable } from "fflate";
import { nodeRuntime, type Topology } from "../../core/topology/topology.js";
import { SagaError } from "../../errors/saga-error.js";
import { buildFailed } from "../build-failed.js";
import { passed, requireForCommonJs, unresolved } from "../bundle.js";

/** What is bundled. */
export interface BundleRequest {
  /** The folder of the configuration, absolute. */
  readonly root: string;
  /** The configuration, absolute. */
  readonly configFile: string;
  /** As the functions of a topology name them: `lane`. */
  readonly entries: readonly string[];
}

/** The code of a function, as it is uploaded. */
export interface FunctionBundle {
  readonly entry: string;
  /** The same bytes for the same files, wherever they lie. */
  readonly zip: Uint8Array;
  /** Of `zip`, hexadecimal. */
  readonly sha256: string;
  /** Of `zip`. */
  readonly bytes: number;
  /** What is in it. */
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
}

/** What makes the handler of each entry, for a project that has no file for it. */
const creators: Readonly<Record<string, string>> = {
  lane: "createLaneHandler",
  timer: "createTimerHandler",
  watchdog: "createWatchdogHandler",
  "dead-letter": "createDeadLetterHandler",
  ingest: "createIngestHandler",
};

/** What the functions of a topology are bundled from. */
export function entriesOf({ functions }: Pick<Topology, "functions">): readonly string[] {
  return [...new Set(functions.map(({ entry }) => entry))];
}

/** The most bytes that Lambda unpacks. */
const unzippedBytesMax = 262_144_000;

/**
 * Bundles functions for Lambda, each from its file in `functions/` beside the configuration, or from the
 * configuration alone. All they need is in the bundle, the SDK too: it loads faster than Lambda's own, and
 * is the version that was tested.
 *
 * @throws SagaError BUNDLE_FAILED with file and line of the first mistakes
 */
export function bundleFunctions(request: BundleRequest): Promise<readonly FunctionBundle[]> {
  return Promise.all(request.entries.map((entry) => bundleFunction(request, entry)));
}

async function bundleFunction(request: BundleRequest, entry: string): Promise<FunctionBundle> {
  const scripts = await build(request, entry);
  const files = scripts
    .map(({ path, contents }) => ({ name: nameInZip(request.root, path), contents }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const unzipped = files.reduce((sum, { contents }) => sum + contents.length, 0);
  if (unzipped > unzippedBytesMax) throw tooLarge(entry, unzipped);
  const zip = await pack(files);
  return {
    entry,
    zip,
    sha256: createHash("sha256").update(zip).digest("hex"),
    bytes: zip.length,
    files: files.map(({ name, contents }) => ({ name, bytes: contents.length })),
  };
}

async function build({ root, configFile }: BundleRequest, entry: string): Promise<readonly OutputFile[]> {
  const own = ["ts", "js", "mjs"].map((kind) => join("functions", `${entry}.${kind}`));
  const file = own.find((name) => existsSync(join(root, name)));
  const esbuild = await import("esbuild");
  const from: BuildOptions =
    file === undefined
      ? { stdin: { contents: handlerOf(entry, configFile), resolveDir: root, sourcefile: `${entry}.mjs` } }
      : { entryPoints: [{ in: join(root, file), out: "index" }] };
  const told = file ?? `The ${entry} function`;
  try {
    const { outputFiles, metafile } = await esbuild.build({ ...from, ...optionsFor(root) });
    const isHandler = metafile.outputs["index.mjs"]?.exports.includes("handler");
    if (isHandler !== true) throw handlerMissing(told, entry);
    return outputFiles;
  } catch (error) {
    throw buildFailed(error, { code: "BUNDLE_FAILED", problem: `${told} cannot be bundled`, folder: root });
  }
}

function optionsFor(root: string) {
  return {
    absWorkingDir: root,
    outdir: root, // nothing is written: source maps name files from there, and /var/task takes its place
    entryNames: "index",
    chunkNames: "chunks/[name]-[hash]",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    write: false,
    allowOverwrite: true,
    metafile: true,
    format: "esm",
    platform: "node",
    target: nodeRuntime.replace(/^nodejs(\d+).*$/, "node$1"),
    mainFields: ["module", "main"],
    minify: true,
    keepNames: true,
    legalComments: "none",
    sourcemap: "linked",
    sourcesContent: false,
    logLevel: "silent",
    banner: { js: `${requireForCommonJs} ${addressesForCommonJs}` },
    plugins: [leanSourceMaps, optionalSdk],
  } satisfies BuildOptions;
}

/** Packages that are CommonJS name them. */
const addressesForCommonJs = "const __filename = import.meta.filename, __dirname = import.meta.dirname;";

function handlerOf(entry: string, configFile: string): string {
  const creator = creators[entry] ?? "";
  return [
    `import { ${creator} } from "backstep/aws";`,
    `import config from ${JSON.stringify(`./${basename(configFile)}`)};`,
    `export const handler = ${creator}(config);`,
  ].join("\n");
}

/** A file of what is installed. */
const inPackage = /[\\/]node_modules[\\/].*\.[mc]?js$/;

/** No one debugs what is installed: without this most of a source map is about it. */
const leanSourceMaps: Plugin = {
  name: "lean-source-maps",
  setup(build) {
    const none = Buffer.from('{"version":3,"sources":[""],"mappings":"AAAA"}').toString("base64");
    build.onLoad({ filter: inPackage }, async ({ path }) => ({
      contents: `${await readFile(path, "utf8")}\n//# sourceMappingURL=data:application/json;base64,${none}`,
    }));
  },
};

/** A client of the SDK that is not installed is Lambda's own; any other package that is missing is told. */
const optionalSdk: Plugin = {
  name: "optional-sdk",
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, async ({ path, kind, resolveDir, importer, pluginData }) => {
      if (pluginData === passed || kind === "entry-point") return undefined;
      // What packages need of each other is not looked at: it is much, and npm has.
      if (!path.startsWith("@aws-sdk/client-") && inPackage.test(importer)) return undefined;
      const found = await build.resolve(path, { kind, resolveDir, importer, pluginData: passed });
      if (found.errors.length === 0) return found;
      if (path.startsWith("@aws-sdk/")) return { path, external: true };
      return unresolved(path, resolveDir) ?? { errors: found.errors };
    });
  },
};

function nameInZip(root: string, path: string): string {
  return relative(root, path).split(sep).join("/");
}

interface PackedFile {
  readonly name: string;
  readonly contents: Uint8Array;
}

/** The first moment that a zip can name; in local time, as a zip has it: every zone writes the same. */
const mtime = new Date(1980, 0, 1);
const readableByAll = 0o100644 << 16;
const unix = 3;

async function pack(files: readonly PackedFile[]): Promise<Uint8Array> {
  const { zipSync } = await import("fflate");
  const zippable: Zippable = {};
  for (const { name, contents } of files) {
    zippable[name] = [contents, { mtime, level: 9, os: unix, attrs: readableByAll }];
  }
  return zipSync(zippable);
}

function handlerMissing(told: string, entry: string): SagaError {
  return new SagaError("BUNDLE_FAILED", `${told} exports no "handler".`, {
    fix: `Write in it: export const handler = ${creators[entry]}(config);`,
  });
}

function tooLarge(entry: string, bytes: number): SagaError {
  const problem = `The ${entry} function has ${bytes} bytes; Lambda takes at most ${unzippedBytesMax}.`;
  return new SagaError("BUNDLE_FAILED", problem, {
    fix: "Import less: what only steps need can be imported by services.",
    details: { entry, bytes },
  });
}
