import { basename, join, relative, sep } from "node:path";
import { getLibFiles, ts } from "@ts-morph/common";
import { build } from "esbuild";

/** The types of the language, which this compiler brings along as texts. */
const libraries = new Map(getLibFiles().map(({ fileName, text }) => [fileName, text]));

const root = join(import.meta.dirname, "../..");

/** Texts in place of those of files, by path from the repository's root. */
export type Overlay = Readonly<Record<string, string>>;

/** What a function or a client is made of. */
export interface Bundle {
  /** By path from the repository's root. */
  readonly entry: string;
  /** All files of ours whose code is in it, the entry included. */
  readonly files: ReadonlySet<string>;
}

/** The path of a file from the repository's root, with `/`. */
export function pathOf(file: ts.SourceFile): string {
  return relative(root, file.fileName).split(sep).join("/");
}

/** The files that esbuild puts into the bundle of an entry. What is never run is not among them. */
export async function bundleOf(entry: string, overlay: Overlay = {}): Promise<Bundle> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    format: "esm",
    platform: "node",
    packages: "external",
    splitting: true,
    outdir: "nowhere",
    write: false,
    metafile: true,
    plugins: [
      {
        name: "overlay",
        setup({ onLoad }) {
          onLoad({ filter: /\.ts$/ }, ({ path }) => {
            const contents = overlay[relative(root, path).split(sep).join("/")];
            return contents === undefined ? undefined : { contents, loader: "ts" };
          });
        },
      },
    ],
  });
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  const used = inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path);
  return { entry, files: new Set([entry, ...used]) };
}

/** Reads the entries, and all that they import, with the settings of `tsconfig.json`. */
export function loadProgram(entries: readonly string[], overlay: Overlay = {}): ts.Program {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  host.getSourceFile = (path, language, ...rest) => {
    const text = overlay[relative(root, path).split(sep).join("/")] ?? libraries.get(basename(path));
    if (text !== undefined) return ts.createSourceFile(path, text, language, true);
    return getSourceFile.call(host, path, language, ...rest);
  };
  const { fileExists } = host;
  host.fileExists = (path) => libraries.has(basename(path)) || fileExists.call(host, path);
  const rootNames = entries.map((entry) => join(root, entry));
  const program = ts.createProgram({ rootNames, options, host });
  const [wrong] = [...program.getGlobalDiagnostics(), ...program.getOptionsDiagnostics()];
  if (wrong !== undefined) throw new Error(ts.flattenDiagnosticMessageText(wrong.messageText, "\n"));
  return program;
}
