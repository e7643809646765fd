import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli } from "../../../src/cli/run-cli.js";
import { card, mendedLabel, parcelProject, shipParcels } from "../../e2e/cli-parcels.js";
import { type CliProject, createCliProject } from "../../e2e/cli-project.js";
import { runInProcess } from "../../e2e/run-in-process.js";

let project: CliProject;
const run = (...args: string[]) => runInProcess(project, args);
const elsewhere = ["--store", ".backstep/local.db", "--config", "other/backstep.config.mjs"];
const text = (name: string) => readFileSync(join(project.folder, name), "utf8");
const lines = (name: string) => text(name).trimEnd().split("\n");

beforeAll(async () => {
  project = createCliProject({ ...parcelProject, "other/backstep.config.mjs": "" });
  await shipParcels(project, [
    { id: "p-broken" },
    { id: "p-fine", street: "Main" },
    { id: "p-waits", isPrepaid: false },
  ]);
});
afterAll(() => project.remove());

describe("show", () => {
  it("shows tags and the causes of an error, without what the saga keeps to itself", async () => {
    const { code, out, err } = await run("show", "parcel/p-broken", "--journal");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain("customer=c-p-broken");
    expect(out).toMatch(/ship, attempt 1, failed.*: no label for card \[redacted\]\n +caused by TypeError: /);
    expect(out).not.toContain(card);
  });

  it("says in JSON whether anything is redacted", async () => {
    const shown = JSON.parse((await run("show", "parcel/p-broken", "--json")).out);
    expect(shown).toMatchObject({
      status: "parked",
      tags: { customer: "c-p-broken" },
      redacted: true,
      input: { card: "[redacted]", isPrepaid: true },
    });
    expect(JSON.stringify(shown)).not.toContain(card);
    const whole = JSON.parse((await run("show", "parcel/p-broken", "--json", "--unredacted")).out);
    expect(whole).toMatchObject({ redacted: false, input: { card } });
  });

  it("says that nothing is redacted where no configuration declares the saga", async () => {
    const { code, out, err } = await run("show", "parcel/p-broken", ...elsewhere);
    expect(code).toBe(0);
    expect(out).toContain(card);
    expect(err).toContain('Nothing is redacted: no configuration here declares "parcel".');
  });
});

describe("history", () => {
  it("exports what fits, redacted, and imports it into another store, where nothing of it runs", async () => {
    const exported = await run("history", "export", "--saga", "parcel", "--out", "all.jsonl", "--json");
    expect(exported).toMatchObject({ code: 0, err: "" });
    expect(JSON.parse(exported.out)).toEqual({
      file: join(project.folder, "all.jsonl"),
      instances: 3,
      unreadable: [],
    });
    expect(text("all.jsonl")).not.toContain(card);
    expect(existsSync(join(project.folder, "all.jsonl.part"))).toBe(false);

    const imported = await run(
      "history",
      "import",
      "all.jsonl",
      "--store",
      "support.db",
      "--json",
      "--as",
      "ann",
    );
    expect(imported.code).toBe(0);
    expect(JSON.parse(imported.out)).toEqual({ imported: 3, kept: 0, held: 2, redacted: 3 });
    expect(imported.err).toContain("2 of them had not ended: paused until somebody resumes them.");
    const listed = JSON.parse((await run("list", "--store", "support.db", "--json")).out);
    expect(listed.map(({ id, status }: { id: string; status: string }) => [id, status]).sort()).toEqual([
      ["p-broken", "paused"],
      ["p-fine", "completed"],
      ["p-waits", "paused"],
    ]);
    const { out } = await run("show", "parcel/p-waits", "--journal", "--store", "support.db");
    expect(out).toMatch(/pause by ann@.* \(imported from all\.jsonl\)/);
    expect((await run("verify", "support.db")).code).toBe(0);

    const again = await run("history", "import", "all.jsonl", "--store", "support.db");
    expect(again).toMatchObject({ code: 0, out: "Imported 0. 3 were there already.\n" });
  });

  it("prints one instance a line where there is no --out, in the order of the names", async () => {
    const { code, out } = await run("history", "export", "parcel/p-waits", "parcel/p-fine");
    const found = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(code).toBe(0);
    expect(found.map(({ origin }) => origin.id)).toEqual(["p-waits", "p-fine"]);
    expect(found[0]).toMatchObject({ format: 1, saga: "parcel", redacted: true });
  });

  it("reads no further once nobody reads what it prints", async () => {
    const stop = new AbortController();
    const said = { out: "", err: "" };
    const out = {
      write(text: string) {
        said.out += text;
        setImmediate(() => stop.abort()); // as the process is told of a closed pipe
      },
    };
    const err = {
      write(text: string) {
        said.err += text;
      },
    };
    const readAhead = Array.from({ length: 16 }, () => "parcel/p-fine");
    const code = await runCli(["history", "export", ...readAhead, "parcel/nobody"], {
      streams: { out, err, readInput: async () => "", ask: async () => undefined },
      ...{ env: {}, cwd: project.folder, stop },
    });
    expect({ code, err: said.err }).toEqual({ code: 0, err: "" });
    expect(said.out.trimEnd().split("\n")).toHaveLength(1);
  });

  it("exports as it is with --unredacted, and an import of that leaves the original untouched", async () => {
    await run("history", "export", "parcel/p-broken", "--unredacted", "--out", "whole.jsonl");
    expect(text("whole.jsonl")).toContain(card);
    const before = (await run("show", "parcel/p-broken", "--json")).out;
    expect((await run("history", "import", "whole.jsonl")).out).toBe("Imported 0. 1 was there already.\n");
    expect((await run("show", "parcel/p-broken", "--json")).out).toBe(before);
  });

  it("reads from stdin", async () => {
    await run("history", "export", "parcel/p-fine", "--out", "fine.jsonl");
    const args = ["history", "import", "-", "--store", "stdin.db"];
    const { code, out } = await runInProcess(project, args, { stdin: text("fine.jsonl") });
    expect({ code, out }).toEqual({ code: 0, out: "Imported 1.\n" });
  });

  it("writes nothing of a file with a bad line, and names the line", async () => {
    const [first = "", second = ""] = lines("all.jsonl");
    project.write("bad.jsonl", `${first}\n${second.slice(0, 100)}\n`);
    const { code, err } = await run("history", "import", "bad.jsonl", "--store", "bad.db");
    expect(code).toBe(1);
    expect(err).toContain('The file "bad.jsonl:2" is not JSON.');
    expect(existsSync(join(project.folder, "bad.db"))).toBe(false);
  });

  it("writes nothing where one of them is another instance in the store", async () => {
    const all = text("all.jsonl");
    const other = `${all.split("\n")[0]?.replaceAll("p-waits", "p-new")}\n${all.replaceAll("Main", "Side")}`;
    project.write("other.jsonl", other);
    const { code, err } = await run("history", "import", "other.jsonl", "--store", "support.db");
    expect({ code, err }).toMatchObject({ code: 4, err: expect.stringContaining('"parcel/p-fine"') });
    expect((await run("show", "parcel/p-new", "--store", "support.db")).code).toBe(3);
  });

  it.each([
    [["history", "exprt"], 2, 'Did you mean "export"?'],
    [["history", "export"], 2, "Nothing says what to export."],
    [["history", "export", "parcel/p-fine", "--saga", "parcel"], 2, "Instances and filters are both given."],
    [["history", "export", "parcel/nobody"], 3, 'There is no instance "parcel/nobody".'],
    [["history", "export", "ordr/o-1"], 3, 'There is no instance "ordr/o-1".'],
    [["history", "export", "parcel/p-fine", ...elsewhere], 2, 'Nothing says what "parcel" keeps to itself'],
    [["history", "export", "parcel/p-fine", "--out", "fine.jsonl"], 2, "overwrite it with --force"],
    [["history", "import"], 2, "An import reads one file."],
    [["history", "import", "no.jsonl"], 2, 'The file "no.jsonl" cannot be read (ENOENT).'],
    [["history", "import", "all.jsonl", "--stage", "prod"], 2, "takes no --stage"],
  ])("%j exits with %i and says why", async (args, code, said) => {
    const ended = await run(...args);
    expect(ended).toMatchObject({ code, out: "" });
    expect(ended.err).toContain(said);
  });
});

describe("try", () => {
  const tried = async (...args: string[]) => {
    const { code, out } = await run("try", ...args, "--json");
    return { code, ...JSON.parse(out) };
  };

  it("names the call that is next, and calls nothing", async () => {
    expect(await tried("parcel/p-broken")).toMatchObject({
      code: 0,
      status: "parked",
      differences: [],
      command: "retry",
      calls: [{ step: "ship", phase: "run", attempt: 2, key: "parcel/p-broken/ship", came: "notCalled" }],
      after: { status: "running" },
    });
  });

  it("runs the handler with --call, tells its error redacted, and leaves the instance as it is", async () => {
    const before = (await run("show", "parcel/p-broken", "--json")).out;
    const { code, out } = await run("try", "parcel/p-broken", "--call");
    expect(code).toBe(1);
    expect(out).toContain("ship, attempt 2, key parcel/p-broken/ship: failed, no label for card [redacted]");
    expect(out).toMatch(/Then it is parked: .*Nothing was written or sent\.$/m);
    expect((await run("show", "parcel/p-broken", "--json")).out).toBe(before);
  });

  it("stops where mended code asks for a service, and says for what", async () => {
    project.write("sagas/label.ts", mendedLabel);
    const { calls, after, code } = await tried("parcel/p-broken", "--call");
    expect({ code, after }).toMatchObject({ code: 0, after: { status: "running" } });
    expect(calls).toMatchObject([{ came: "asks", text: 'services.shipping.book("POSTE RESTANTE")' }]);
    project.write("sagas/label.ts", parcelProject["sagas/label.ts"]);
  });

  it("says what an instance waits for, and what a replay would run again", async () => {
    const waits = await tried("parcel/p-waits");
    expect(waits).toMatchObject({ code: 0, command: null, journal: [], calls: [] });
    expect(waits.after.waits).toMatchObject([{ key: "payment", dueAt: expect.stringMatching(/Z$/) }]);
    const replayed = await tried("parcel/p-fine", "--replay", "--from", "ship");
    expect(replayed).toMatchObject({
      command: "replay",
      calls: [{ step: "ship", key: "parcel/p-fine/ship" }],
    });
  });

  it("tells what the working tree decides otherwise, and exits with 1", async () => {
    const saga = parcelProject["sagas/parcel.ts"];
    project.write("sagas/parcel.ts", saga.replace("attempts: 1", "attempts: 3"));
    const { code, out } = await run("try", "parcel/p-broken");
    project.write("sagas/parcel.ts", saga);
    expect(code).toBe(1);
    expect(out).toMatch(/DECIDED OTHERWISE BY THIS CODE\n +\d+ +then: .*parked.*\n +now: +ship failed/);
  });

  it("says what to declare where the version is gone", async () => {
    const saga = parcelProject["sagas/parcel.ts"];
    project.write("sagas/parcel.ts", saga.replace("version: 1", "version: 2"));
    const { code, err } = await run("try", "parcel/p-broken");
    project.write("sagas/parcel.ts", saga);
    expect(code).toBe(3);
    expect(err).toContain("Declare version 1 again, beside the others");
  });

  it.each([
    [["try", "parcel/nobody"], 3, 'There is no instance "parcel/nobody".'],
    [["try", "parcel/p-fine", "--from", "ship"], 2, "Add --replay."],
    [["try", "parcel/p-waits", "--replay"], 4, "is still being worked"],
    [["try", "parcel/p-fine", "--replay", "--from", "shp"], 4, 'has no step "shp"'],
  ])("%j exits with %i and says why", async (args, code, said) => {
    const ended = await run(...args);
    expect(ended).toMatchObject({ code, out: "" });
    expect(ended.err).toContain(said);
  });
});
