import { describe, expect, it } from "vitest";
import { parseCommandLine } from "../../../src/cli/program.js";
import { verbs } from "../../../src/cli/verbs.js";

const parse = (...argv: string[]) => parseCommandLine(argv, verbs, "1.2.3");

async function problemOf(...argv: string[]): Promise<string> {
  return parse(...argv).then(
    () => "nothing was thrown",
    (error: Error) => error.message,
  );
}

describe("parseCommandLine", () => {
  it("finds verb, arguments and options", async () => {
    const invocation = await parse("start", "order", "--input", "{}", "--id", "o-1", "--json");
    expect(invocation).toMatchObject({
      kind: "run",
      verb: { name: "start" },
      args: ["order"],
      options: { input: "{}", id: "o-1", json: true },
    });
  });

  it("takes common options before the verb too", async () => {
    expect(await parse("--json", "list")).toMatchObject({ verb: { name: "list" }, options: { json: true } });
  });

  it.each(["show --store x.db order/", "show --store=x.db order/"])(
    "completes from the store: %s",
    async (line) => {
      expect(await parse("__complete", "--", `backstep ${line}`)).toMatchObject({
        options: { store: "x.db" },
      });
    },
  );

  it("takes a single dash as a value", async () => {
    expect(await parse("start", "order", "--input", "-")).toMatchObject({ options: { input: "-" } });
  });

  it("prints the version", async () => {
    expect(await parse("--version")).toEqual({ kind: "print", text: "1.2.3\n" });
  });

  it.each(verbs.map(({ name }) => [name]))(
    "explains %s with an example and the common options",
    async (name) => {
      const { text } = (await parse(name, "--help")) as { text: string };
      expect(text).toMatch(new RegExp(`Examples?:\\n {2}\\$ backstep ${name}`));
      expect(text).toContain("--json");
    },
  );

  it("suggests the command that was meant", async () => {
    expect(await problemOf("strat", "order")).toBe(
      'There is no command "strat". Did you mean "backstep start"? [USAGE]',
    );
  });

  it.each([
    [["list", "--jsn"], 'Unknown option "--jsn". Did you mean --json? See backstep list --help. [USAGE]'],
    [["show"], 'Missing required argument "saga/id". See backstep show --help. [USAGE]'],
    [
      ["cancel", "order/o-1", "--reason"],
      'Option "--reason <text>" argument missing. See backstep cancel --help. [USAGE]',
    ],
    [["list", "--limit"], 'Option "--limit <count>" argument missing. See backstep list --help. [USAGE]'],
    [
      ["--stage", "dev", "show", "o/1", "list"],
      'Too many arguments for "show". Expected 1 argument but got 2. See backstep show --help. [USAGE]',
    ],
    [["help", "nope"], 'There is no command "nope". See what there is: backstep --help. [USAGE]'],
    [["--json"], "No command is given. See what there is: backstep --help. [USAGE]"],
    [[], "No command is given. See what there is: backstep --help. [USAGE]"],
  ])("explains what is wrong with %j", async (argv, problem) => {
    expect(await problemOf(...argv)).toBe(problem);
  });

  it("refuses an argument too many", async () => {
    expect(await problemOf("list", "order")).toMatch(/^Too many arguments.*\[USAGE\]$/);
  });
});
