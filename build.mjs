// Bundles the package's JavaScript into dist/ in a fraction of a second; declarations come from tsc.
//
//   node build.mjs               dist/: the doors that package.json exports, the command line, the programs
//   node build.mjs prepare       the same, as npm's `prepare` script
//   node build.mjs docs:errors   docs/reference/errors.md, from the error catalogue
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

// npx runs `prepare` as well when it first links to this folder, before `npm ci` too. If that fails, npm 11
// leaves a half-made link, and `npx backstep` never works again here. `npm ci` has built what there is.
if (process.argv[2] === "prepare" && process.env.npm_command === "exec") process.exit(0);

const { build } = await import("esbuild");

const shared = {
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  packages: "external",
  tsconfigRaw: {}, // not tsconfig.json: its `paths` would put a second copy of the framework into the demos
  absWorkingDir: import.meta.dirname,
  write: false,
};

if (process.argv[2] === "docs:errors") await writeErrorReference();
else await buildPackage();

async function buildPackage() {
  const { exports } = JSON.parse(await readFile(join(import.meta.dirname, "package.json"), "utf8"));
  const doors = Object.values(exports).map((door) =>
    door.default.replace("./dist/", "src/").replace(/js$/, "ts"),
  );
  const demos = ["demo", "crash", "race"].map((name) => `sagas/order/${name}.ts`);
  const scripts = await Promise.all([
    bundle([...doors, "src/cli/main.ts"], "src", "dist"),
    bundle(demos, "sagas", "dist/sagas"),
    bundle(["test/sim/sim.ts", "test/mutation/run.ts"], "test", "dist/test"),
    bundle(["bench/bench.ts", "bench/soak.ts"], "bench", "dist/bench"),
  ]);
  await replaceScripts("dist", scripts.flat());
}

async function bundle(entries, outbase, outdir) {
  const entryPoints = entries.filter((entry) => existsSync(join(import.meta.dirname, entry)));
  const chunkNames = "chunks/[name]-[hash]";
  const options = { ...shared, entryPoints, outbase, outdir, chunkNames, splitting: true, sourcemap: true };
  return (await build(options)).outputFiles;
}

/** Makes the scripts in `folder` those of `made`; touches only what differs: a process may run from there. */
async function replaceScripts(folder, made) {
  await Promise.all(made.map(writeIfChanged));
  const root = join(import.meta.dirname, folder);
  const kept = new Set(made.map(({ path }) => path));
  const found = existsSync(root) ? await readdir(root, { recursive: true }) : [];
  const stale = found
    .map((name) => join(root, name))
    .filter((path) => /\.js(\.map)?$/.test(path) && !kept.has(path));
  await Promise.all(stale.map((path) => rm(path, { force: true })));
}

async function writeIfChanged({ path, text }) {
  if ((await readFile(path, "utf8").catch(() => undefined)) === text) return;
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, text);
  await rename(draft, path);
}

async function writeErrorReference() {
  const options = { ...shared, entryPoints: ["src/errors/catalogue.ts"] };
  const [script] = (await build(options)).outputFiles;
  const { errorCatalogue, renderErrorReference } = await import(
    `data:text/javascript,${encodeURIComponent(script.text)}`
  );
  const path = join(import.meta.dirname, "docs/reference/errors.md");
  await writeIfChanged({ path, text: renderErrorReference(errorCatalogue) });
}
