import { readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";

/** A resource that SST would register with Pulumi. */
export interface SynthesisedResource {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Whether it stays when the stage is removed. */
  readonly isRetained: boolean;
}

/** What SST would deploy. */
export interface Synthesis {
  /** The answer of `app()`. */
  readonly app: SstApp;
  readonly resources: readonly SynthesisedResource[];
  /** What is asked of SST's bundler, a function each. */
  readonly builds: readonly FunctionBuild[];
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** The part of an app that the stack says. */
export interface SstApp {
  readonly name: string;
  readonly providers: { readonly aws: SstProvider };
}

/** Where resources are made, and what tags they all get. */
export interface SstProvider {
  readonly region?: string;
  readonly defaultTags: { readonly tags: Readonly<Record<string, string>> };
}

/** What SST's bundler is asked for. */
export interface FunctionBuild {
  readonly functionID: string;
  readonly handler: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** Where the stack is deployed, in a synthesis. */
export const place = { partition: "aws", region: "eu-central-1", account: "111122223333" } as const;

const root = join(import.meta.dirname, "../..");
const platform = join(root, ".sst/platform");
const fromPlatform = createRequire(join(platform, "package.json"));
const quote = (value: unknown) => JSON.stringify(value);
let count = 0;

/**
 * Runs `sst.config.ts` as the command `sst` does, but with Pulumi's mocks in place of AWS. This file alone
 * knows the insides of SST, which is why its version is pinned.
 * @param configFile what stands in for `backstep.config.ts`
 */
export async function synthesise(stage: string, configFile: string): Promise<Synthesis> {
  const builds: FunctionBuild[] = [];
  const server = await serveCommand(builds);
  const resources: SynthesisedResource[] = [];
  const retained = new Set<string>();
  const pulumi = fromPlatform("@pulumi/pulumi") as Pulumi;
  try {
    const app = (await load<{ app: (input: object) => SstApp }>("config", configFile, {}))?.app({ stage });
    const ready = { protect: false, ...(await app), stage };
    await pulumi.runtime.setMocks(recordInto(resources, retained), ready.name, stage, false);
    const outputs = await pulumi.runtime.runInPulumiStack(() => {
      pulumi.runtime.registerStackTransformation(({ type, name, opts }) => {
        if (opts.retainOnDelete) retained.add(`${type} ${name}`);
      });
      return load("run", configFile, defined(ready));
    });
    await pulumi.runtime.disconnect(); // waits for what is still on its way
    return { app: ready, resources, builds, outputs: await resolved(pulumi, outputs) };
  } finally {
    server.close();
  }
}

interface Registration {
  readonly type: string;
  readonly name: string;
  readonly opts: { readonly retainOnDelete?: boolean };
}

interface Pulumi {
  readonly runtime: {
    setMocks(mocks: object, project: string, stack: string, preview: boolean): Promise<void>;
    runInPulumiStack(program: () => Promise<unknown>): Promise<unknown>;
    disconnect(): Promise<void>;
    registerStackTransformation(look: (made: Registration) => void): void;
  };
  output(value: unknown): { apply(take: (value: Record<string, unknown>) => void): void };
}

function resolved(pulumi: Pulumi, outputs: unknown): Promise<Record<string, unknown>> {
  return new Promise((resolve) => pulumi.output(outputs).apply(resolve));
}

/** Answers what SST's components ask of the command that runs them. */
async function serveCommand(builds: FunctionBuild[]) {
  const answers: Readonly<Record<string, (input: FunctionBuild) => unknown>> = {
    "Provider.Aws.Bootstrap": () => ({ asset: "sst-asset", state: "sst-state" }),
    "Runtime.Build": (input) => {
      builds.push(input);
      return { handler: "bundle.handler", out: join(root, "functions"), errors: [], sourcemaps: [] };
    },
  };
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const { method, params } = JSON.parse(body) as { method: string; params: [FunctionBuild] };
    response.end(quote({ result: answers[method]?.(params[0]) ?? {} }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port.");
  process.env.SST_SERVER = `http://127.0.0.1:${address.port}`;
  return server;
}

/** Pulumi's mocks: resources are recorded, and get what AWS would make of them. */
function recordInto(resources: SynthesisedResource[], retained: ReadonlySet<string>) {
  const { partition, region, account } = place;
  const arn = (service: string, resource: string) =>
    `arn:${partition}:${service}:${region}:${account}:${resource}`;
  const made: Readonly<Record<string, (name: string) => object>> = {
    "aws:sqs/queue:Queue": (name) => ({ arn: arn("sqs", name), url: queueUrl(name) }),
    "aws:lambda/function:Function": (name) => ({ arn: arn("lambda", `function:${name}`) }),
    "aws:sns/topic:Topic": (name) => ({ arn: arn("sns", name) }),
    "aws:iam/role:Role": (name) => ({ arn: `arn:${partition}:iam::${account}:role/${name}` }),
    "random:index/randomBytes:RandomBytes": () => ({ base64: "" }),
  };
  return {
    newResource({ type, name, inputs }: SynthesisedResource) {
      resources.push({ type, name, inputs, isRetained: retained.has(`${type} ${name}`) });
      const physical = typeof inputs.name === "string" ? inputs.name : name;
      return { id: physical, state: { arn: `arn:of:${name}`, ...inputs, ...made[type]?.(physical) } };
    },
    call({ token, inputs }: { token: string; inputs: { statements?: readonly Statement[] } }) {
      if (token.endsWith(":getPartition")) return { partition };
      if (token.endsWith(":getRegion")) return { region };
      if (token.endsWith(":getCallerIdentity")) return { accountId: account };
      if (token.endsWith(":getPolicyDocument"))
        return { ...inputs, json: policyText(inputs.statements ?? []) };
      throw new Error(`The synthesis has no answer to ${token}.`);
    },
  };
}

interface Statement {
  readonly effect?: string;
  readonly actions: readonly string[];
  readonly resources?: readonly string[];
  readonly [other: string]: unknown;
}

/** A policy as IAM writes it. */
function policyText(statements: readonly Statement[]): string {
  const written = statements.map(({ effect = "Allow", actions, resources, ...others }) => {
    return { Effect: effect, Action: actions, Resource: resources, ...others };
  });
  return quote({ Version: "2012-10-17", Statement: written });
}

/** The URL of a queue, in a synthesis. */
export function queueUrl(name: string): string {
  return `https://sqs.${place.region}.amazonaws.com/${place.account}/${name}`;
}

/** Bundles a part of `sst.config.ts` as SST does, and runs it. */
async function load<Loaded>(part: "config" | "run", configFile: string, define: Record<string, string>) {
  count += 1;
  const outfile = join(platform, `sst.synthesis.${process.pid}.${count}.mjs`);
  const config = quote(join(root, "sst.config.ts"));
  const run = `import { run } from ${quote(join(platform, "src/auto/run.ts"))};`;
  const code =
    part === "config"
      ? `import mod from ${config}; export default mod;`
      : `${run} import mod from ${config}; export default await run(mod.run);`;
  await build({
    stdin: { contents: code, resolveDir: root, sourcefile: "eval.ts", loader: "ts" },
    bundle: true,
    format: "esm",
    platform: "node",
    target: "es2023",
    mainFields: ["module", "main"],
    nodePaths: [join(platform, "node_modules")],
    external: ["@pulumi/*", "@pulumiverse/*", "@aws-sdk/*", "esbuild", "archiver", "glob", "undici", "vite"],
    ...(part === "run" ? { define, inject: [join(platform, "src/shim/run.js")] } : {}),
    banner: { js: part === "run" ? banner : `${banner} const $config = (input) => input;` },
    plugins: [replaceConfig(configFile), ...(part === "run" ? [injectGlobals()] : [])],
    logLevel: "error",
    outfile,
  });
  try {
    return ((await import(pathToFileURL(outfile).href)) as { default: Loaded }).default;
  } finally {
    rmSync(outfile, { force: true });
  }
}

const banner = `
import { createRequire as topLevelCreateRequire } from "node:module";
const require = topLevelCreateRequire(import.meta.url);
const { filename: __filename, dirname: __dirname } = import.meta;
`;

function defined(app: SstApp): Record<string, string> {
  const paths = { home: join(root, ".sst"), root, work: join(root, ".sst"), platform };
  const cli = { command: "deploy", dev: false, paths, state: { version: {} } };
  return { $app: quote(app), $dev: "false", $cli: quote(cli) };
}

function replaceConfig(configFile: string): Plugin {
  return {
    name: "replace-config",
    setup: ({ onResolve }) => onResolve({ filter: /\/backstep\.config\.js$/ }, () => ({ path: configFile })),
  };
}

/** SST puts its globals in front of every file: none of them may declare `aws` or `sst` itself. */
function injectGlobals(): Plugin {
  const globals = [
    'import * as aws from "@pulumi/aws";',
    `import * as sst from ${quote(join(platform, "src/components"))};`,
  ].join("\n");
  return {
    name: "inject-globals",
    setup({ onLoad }) {
      onLoad({ filter: /\.(js|ts|jsx|tsx)$/ }, ({ path }) => {
        if (path.startsWith(join(root, ".sst"))) return undefined;
        return { contents: `${globals}\n${readFileSync(path, "utf8")}`, loader: "default" };
      });
    },
  };
}
