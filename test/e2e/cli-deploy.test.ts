import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type CliProject, createCliProject } from "./cli-project.js";
import { orderProject } from "./cli-sagas.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const limit = { timeout: 30_000 };

/** No credentials, wherever the SDK may look. */
const nothingSet = {
  AWS_CONFIG_FILE: "/nowhere",
  AWS_SHARED_CREDENTIALS_FILE: "/nowhere",
  AWS_EC2_METADATA_DISABLED: "true",
  AWS_PROFILE: "",
  AWS_ENDPOINT_URL: "",
};

/** Runs the package that lies in a folder of modules. */
function installed(modules: string, args: readonly string[], cwd: string) {
  const bin = join(modules, "backstep/bin/backstep.js");
  const { status: code, stderr } = spawnSync(process.execPath, [bin, ...args], { cwd, encoding: "utf8" });
  return { code, stderr };
}

describe("backstep deploy, where it cannot", limit, () => {
  let project: CliProject;
  let server: Server | undefined;

  beforeEach(() => {
    vi.stubEnv("AWS_REGION", undefined); // the SDK takes an empty one for one
    project = createCliProject(orderProject);
  });

  afterEach(async () => {
    vi.unstubAllEnvs();
    server?.close();
    await project.remove();
  });

  const deploy = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    project.backstep(["deploy", ...args], { env: { ...nothingSet, ...env } });

  /** What answers every call so, at its URL. */
  async function answering(status: number, text: string): Promise<string> {
    server = createServer((_, response) => response.writeHead(status).end(text)).listen(0, "127.0.0.1");
    await new Promise((resolve) => server?.once("listening", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it("says that there is no name by which a stage is found", async () => {
    const nameless = orderProject["backstep.config.ts"].replace(/name: "shop", ?/, "");
    expect(nameless).not.toBe(orderProject["backstep.config.ts"]);
    project.write("backstep.config.ts", nameless);
    const made = await deploy([], { AWS_REGION: "eu-central-1" });
    expect(made).toMatchObject({ code: 1, stderr: expect.stringContaining("[TOPOLOGY_INVALID]") });
    const destroyed = await project.backstep(["destroy", "--yes"], { env: nothingSet });
    expect(destroyed).toMatchObject({ code: 3, stderr: expect.stringContaining("and no name in the") });
  });

  it("says that there are no credentials, or no region", async () => {
    const keyless = await deploy([], { AWS_REGION: "eu-central-1" });
    expect(keyless).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining("[CREDENTIALS_MISSING]"),
    });
    const placeless = await deploy([]);
    expect(placeless).toMatchObject({ code: 1, stderr: expect.stringContaining("which region") });
  });

  it("says that AWS does not know the credentials", async () => {
    const error =
      "<Error><Code>InvalidClientTokenId</Code><Message>The security token is wrong.</Message></Error>";
    const endpoint = await answering(403, `<ErrorResponse>${error}</ErrorResponse>`);
    const refused = await deploy(["--endpoint", endpoint]);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("[CREDENTIALS_MISSING]") });
  });

  it("names an endpoint that does not answer, or not as AWS does", async () => {
    const silent = await deploy(["--endpoint", "http://127.0.0.1:9"]);
    expect(silent).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('"http://127.0.0.1:9" does not answer'),
    });
    const endpoint = await answering(200, "<html><body>Welcome to nginx</body></html>");
    const odd = await deploy(["--endpoint", endpoint]);
    expect(odd).toMatchObject({ code: 1, stderr: expect.stringContaining("[AWS_UNREACHABLE]") });
  });

  it.each([
    [["--endpoint", "nonsense"], 'The --endpoint "nonsense" is not the URL of an endpoint.'],
    [["--endpoint", "ftp://127.0.0.1"], 'The --endpoint "ftp://127.0.0.1" is not the URL of an endpoint.'],
    [["--dryrun"], 'Unknown option "--dryrun".'],
  ])("refuses the command line %j", async (args, problem) => {
    expect(await deploy(args)).toMatchObject({ code: 2, stderr: expect.stringContaining(problem) });
  });

  it("refuses a long name, and a saga that fails to compile, before it asks AWS", async () => {
    const config = orderProject["backstep.config.ts"];
    project.write("backstep.config.ts", config.replace('"shop"', `"${"x".repeat(40)}"`));
    expect(await deploy([])).toMatchObject({ code: 1, stderr: expect.stringContaining("at most 30") });
    project.write("backstep.config.ts", `${config}\n}`);
    const broken = await deploy([]);
    expect(broken).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/backstep\.config\.ts:\d+:\d+: Unexpected/),
    });
  });

  it("says which package of the SDK to install", async () => {
    const modules = join(project.folder, "node_modules");
    rmSync(join(modules, "backstep"));
    for (const name of ["bin", "dist", "package.json"]) {
      cpSync(join(root, name), join(modules, "backstep", name), { recursive: true });
    }
    for (const name of ["commander", "picocolors", "esbuild", "fflate"]) {
      symlinkSync(join(root, "node_modules", name), join(modules, name), "dir");
    }
    mkdirSync(join(modules, "@aws-sdk"));
    const missing = installed(modules, ["deploy"], project.folder);
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining("[PACKAGE_MISSING]") });
    expect(missing.stderr).toContain("npm install -D @aws-sdk/client-cloudformation");
  });
});
