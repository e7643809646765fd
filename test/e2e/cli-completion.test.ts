import { execFile, execFileSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CliProject, createCliProject } from "./cli-project.js";
import { orderProject } from "./cli-sagas.js";

const limit = { timeout: 20_000 };
const bin = join(import.meta.dirname, "../../bin/backstep.js");

let project: CliProject;
let searchPath: string;
beforeAll(async () => {
  project = createCliProject({
    ...orderProject,
    "order.json": "{}",
    "bin/backstep": `#!/bin/sh\nexec "${process.execPath}" "${bin}" "$@"\n`,
  });
  chmodSync(join(project.folder, "bin/backstep"), 0o755);
  searchPath = `${join(project.folder, "bin")}:${process.env.PATH}`;
  for (const orderId of ["o:1", "o:2", "x@1"]) {
    await project.backstep(["start", "order", "--input", JSON.stringify({ orderId, sku: "tea" })]);
  }
}, limit.timeout);
afterAll(() => project.remove());

function shell(name: string, args: readonly string[]): Promise<string[]> {
  const options = { cwd: project.folder, env: { ...process.env, PATH: searchPath, HOME: project.folder } };
  return new Promise((resolve, reject) => {
    execFile(name, args, options, (error, stdout, stderr) => {
      if (error || stderr !== "") reject(error ?? new Error(stderr));
      else resolve(stdout.split("\n").filter((line) => line !== ""));
    });
  });
}

function isInstalled(name: string): boolean {
  try {
    return execFileSync(name, ["--version"]).length > 0;
  } catch {
    return false;
  }
}

describe("completion in bash", limit, () => {
  /** Calls what bash calls. bash splits words at what COMP_WORDBREAKS has, and hands over the last part. */
  const complete = (line: string, part: string) => {
    const script = `
      source <(backstep completion bash)
      COMP_LINE="$1" COMP_POINT=\${#1}
      compopt() { :; } # only bash itself may call it, during a completion
      _backstep backstep "$2" ""
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    return shell("bash", ["-c", script, "bash", line, part]);
  };

  it.each([
    ["backstep sta", "sta", ["start"]],
    ["backstep start ", "", ["order"]],
    ["backstep list --status pa", "pa", ["parked", "paused"]],
    ["backstep list --status=pa", "pa", ["parked", "paused"]],
    ["backstep show order/x", "order/x", ["order/x@1"]],
    ["backstep show order/x@", "", ["1"]],
    ["backstep show order/o:", "", ["2", "1"]],
    ["backstep start order --input @ord", "@ord", ["@order.json"]],
    ["backstep start order --input @ord", "ord", ["order.json"]],
    ["backstep list --config backstep.c", "backstep.c", ["backstep.config.ts"]],
    ["backstep frobnicate ", "", []],
  ])("completes %j, of which bash gives %j", async (line, part, words) => {
    expect(await complete(line, part)).toEqual(words);
  });

  it("is bound to the command", async () => {
    expect(await shell("bash", ["-c", "source <(backstep completion bash); complete -p backstep"])).toEqual([
      "complete -F _backstep backstep",
    ]);
  });
});

// zsh and fish are tested where they are installed: nothing else can tell whether they take the scripts.
describe.skipIf(!isInstalled("zsh"))("completion in zsh", limit, () => {
  it("is taken, and completes", async () => {
    const script = `
      compdef() { :; }; source <(backstep completion zsh)
      compset() { :; }; _files() { print files; }; _describe() { print -l -- $found; }
      words=(backstep show order/x) CURRENT=3 PREFIX=order/x; _backstep
      words=(backstep list --status pa) CURRENT=4 PREFIX=pa; _backstep
      words=(backstep init "") CURRENT=3 PREFIX=; _backstep`;
    expect(await shell("zsh", ["-f", "-c", script])).toEqual(["order/x@1", "parked", "paused", "files"]);
  });
});

// As above.
describe.skipIf(!isInstalled("fish"))("completion in fish", limit, () => {
  it("is taken, and completes", async () => {
    const script = `
      backstep completion fish | source
      complete -C 'backstep show order/x'; complete -C 'backstep list --status=pa'
      complete -C 'backstep start order --input @ord'`;
    expect(await shell("fish", ["--no-config", "-c", script])).toEqual([
      ...["order/x@1", "--status=parked", "--status=paused", "@order.json"],
    ]);
  });
});

describe("completion", limit, () => {
  it("takes the shell from SHELL", async () => {
    const { code, stdout } = await project.backstep(["completion"], {
      env: { SHELL: "/usr/local/bin/fish" },
    });
    expect(code).toBe(0);
    expect(stdout).toContain("complete -c backstep");
  });

  it.each([
    [["completion"], "/bin/tcsh", 'SHELL is "/bin/tcsh".'],
    [["completion"], "", "There is no SHELL to tell by."],
    [["completion", "tcsh"], "/bin/bash", '"tcsh" is not a shell that can be completed.'],
  ])("exits with 2 where it does not know the shell: %j, SHELL=%s", async (args, SHELL, message) => {
    const { code, stdout, stderr } = await project.backstep(args, { env: { SHELL } });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
  });

  it("offers nothing, and says nothing on stdout, where a configuration is broken", async () => {
    const broken = createCliProject({ "backstep.config.ts": "export default {" });
    const { code, stdout } = await broken.backstep(["__complete", "--", "backstep start "]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "\n" });
    await broken.remove();
  });
});
