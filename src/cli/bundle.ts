import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire, isBuiltin } from "node:module";
import { basename, dirname, extname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { ImportKind, Loader, OnResolveResult, Plugin, PluginBuild } from "esbuild";
import { buildFailed } from "./build-failed.js";

/** A configuration and all files of its own that it imports, in one script. */
export interface Bundle {
  readonly code: string;
  /** The files that went into it, absolute. */
  readonly inputs: readonly string[];
}

/** Where a bundled configuration lies while it is read, from the folder of the configuration. */
export const scriptFolder: string = join(".backstep", "cache");

/**
 * Bundles a configuration into one ES module. What is installed stays outside of it, at absolute addresses,
 * so that the script can lie anywhere; `backstep` is always outside, also where `paths` of a tsconfig.json
 * points to its sources.
 *
 * @param file absolute
 * @throws SagaError CONFIG_INVALID with file and line of the first mistakes
 */
export async function bundleConfig(file: string): Promise<Bundle> {
  const folder = dirname(file);
  const { build } = await import("esbuild");
  try {
    const { outputFiles, metafile } = await build({
      entryPoints: [file],
      absWorkingDir: folder,
      outdir: join(folder, scriptFolder), // the source map names files from there
      bundle: true,
      write: false,
      metafile: true,
      format: "esm",
      platform: "node",
      target: "node20",
      conditions: [], // not "module": it names files that bundlers read and Node cannot
      sourcemap: "inline",
      define: Object.fromEntries(
        Object.entries(addressNames).map(([key, name]) => [`import.meta.${key}`, name]),
      ),
      logLevel: "silent",
      banner: { js: requireForCommonJs },
      plugins: [ownAddresses, externalPackages],
    });
    const inputs = Object.keys(metafile.inputs).map((input) => resolve(folder, input));
    return { code: outputFiles[0]?.text ?? "", inputs };
  } catch (error) {
    throw buildFailed(error, { code: "CONFIG_INVALID", problem: `${basename(file)} cannot be read`, folder });
  }
}

/**
 * Files of the project that are CommonJS call it; esbuild gives another name to whatever else is called so.
 */
export const requireForCommonJs =
  'import { createRequire as __backstepCreateRequire } from "node:module"; ' +
  "const require = __backstepCreateRequire(import.meta.url);";

/** Marks a question that a plugin asks itself. */
export const passed = "already asked";

const externalPackages: Plugin = {
  name: "external-packages",
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, ({ path, kind, resolveDir, importer, pluginData }) => {
      if (pluginData === passed || kind === "entry-point") return undefined;
      if (isBuiltin(path) || /^(node|data|file|https?):/.test(path)) return { path, external: true };
      if (/^backstep(\/|$)/.test(path)) return resolveBackstep(path, kind, importer);
      return resolvePackage(build, path, { kind, resolveDir, importer });
    });
  },
};

type Question = Pick<Parameters<PluginBuild["resolve"]>[1] & object, "kind" | "resolveDir" | "importer">;

/** What `paths` and workspaces lead to is the project's own and bundled; what lies in node_modules is not. */
async function resolvePackage(
  build: PluginBuild,
  path: string,
  question: Question,
): Promise<OnResolveResult> {
  const found = await build.resolve(path, { ...question, pluginData: passed });
  if (found.errors.length > 0) return unresolved(path, question.resolveDir ?? "") ?? { errors: found.errors };
  if (found.external) return { path: found.path, external: true };
  if (!/[\\/]node_modules[\\/]/.test(found.path)) return { path: found.path };
  return { path: addressOf(found.path, question.kind ?? "import-statement"), external: true };
}

/** What is wrong with the path of a package; `undefined` where it can be of none, such as one of `paths`. */
export function unresolved(path: string, folder: string): OnResolveResult | undefined {
  const missing = /^((@[\w.-]+\/)?\w[\w.-]*)(\/|$)/.exec(path)?.[1];
  if (missing === undefined) return undefined;
  const isInstalled = createRequire(join(folder, "_"))
    .resolve.paths(path)
    ?.some((place) => existsSync(join(place, missing)));
  if (isInstalled === true) return { errors: [{ text: `The package "${missing}" has no "${path}"` }] };
  return { errors: [{ text: `The package "${missing}" is not installed`, detail: { missing } }] };
}

/** `import` wants a URL where a path could be taken for one; `require` takes paths alone. */
function addressOf(file: string, kind: ImportKind): string {
  return kind === "require-call" || kind === "require-resolve" ? file : pathToFileURL(file).href;
}

/** Node itself says where the framework is, from the file that asks: one copy of it, the installed one. */
function resolveBackstep(path: string, kind: ImportKind, importer: string): OnResolveResult {
  try {
    return { path: addressOf(createRequire(importer).resolve(path), kind), external: true };
  } catch (error) {
    return unresolved(path, dirname(importer)) ?? { errors: [{ text: String(error) }] };
  }
}

const addressNames = { url: "__fileUrl", dirname: "__fileDirname", filename: "__filePath" } as const;

/** In a bundle every `import.meta` would be the bundle's; each file gets constants with its own instead. */
const ownAddresses: Plugin = {
  name: "own-addresses",
  setup(build) {
    build.onLoad({ filter: /\.[mc]?[jt]sx?$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      if (text.startsWith("#!") || !/\bimport\.meta\.(url|dirname|filename)\b/.test(text)) return undefined;
      const address = { url: pathToFileURL(path).href, dirname: dirname(path), filename: path };
      const constants = Object.entries(addressNames).map(
        ([key, name]) => `const ${name} = ${JSON.stringify(address[key as keyof typeof address])};`,
      );
      return {
        contents: `${constants.join(" ")} ${text}`,
        loader: loaderOf(path),
        resolveDir: dirname(path),
      };
    });
  },
};

function loaderOf(path: string): Loader {
  const loader = extname(path).replace(/^\.[mc]?/, "");
  return loader === "ts" || loader === "tsx" || loader === "jsx" ? loader : "js";
}
