import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CliProject, createCliProject } from "../../e2e/cli-project.js";
import { orderProject } from "../../e2e/cli-sagas.js";
import { runInProcess } from "../../e2e/run-in-process.js";

let project: CliProject;

/** Runs a command in this process, beside a person who gives this answer; `undefined`: there is none. */
const run = (args: readonly string[], answer?: string) => runInProcess(project, args, { answer });

const start = (orderId: string) =>
  run(["start", "order", "--input", JSON.stringify({ orderId, sku: "tea" })]);
const terminate = (id: string, ...more: string[]) => ["terminate", `order/${id}`, "--reason", "why", ...more];

beforeAll(async () => {
  project = createCliProject(orderProject);
  await start("o-1");
});
afterAll(async () => {
  await project.remove();
});

describe("terminate", () => {
  const question = "order/o-1 is running. End it and compensate nothing? [y/N] ";

  it("asks a person, and changes nothing unless she says yes", async () => {
    for (const no of ["", "n", "yes, but later"]) {
      await expect(run(terminate("o-1"), no)).resolves.toEqual({
        code: 1,
        out: "Nothing changed: order/o-1 is running.\n",
        err: "",
        asked: question,
      });
    }
    const refused = await run(terminate("o-1", "--json"), "n");
    expect(JSON.parse(refused.out)).toMatchObject({ applied: false, status: "running" });
  });

  it.each(["y", " YES "])("ends the instance where the answer is %j", async (yes) => {
    const id = `o-${yes.trim()}`;
    await start(id);
    const ended = await run(terminate(id, "--json"), yes);
    expect(ended).toMatchObject({ code: 0, asked: question.replace("o-1", id) });
    expect(JSON.parse(ended.out)).toEqual({
      saga: "order",
      id,
      applied: true,
      status: "terminated",
      reason: "why",
      left: [],
    });
  });

  it("asks nothing with --yes, nor where nothing can be done", async () => {
    await start("o-2");
    await expect(run(terminate("o-2", "--yes"))).resolves.toMatchObject({ code: 0, asked: "" });
    await expect(run(terminate("o-2"), "y")).resolves.toMatchObject({ code: 4, asked: "" });
  });
});

describe("what cannot be done", () => {
  it.each([
    [["terminate", "order/o-1"], 2, 'The option "--reason" is missing.'],
    [["terminate", "order/o-1", "--yes", "--reason", " "], 2, "The --reason is empty."],
    [["terminate", "o-1", "--yes", "--reason", "why"], 2, '"o-1" does not name an instance.'],
    [["terminate", "order/nobody", "--yes", "--reason", "why"], 3, 'There is no instance "order/nobody".'],
    [["terminate", "order/o-1", "--reason", "why"], 2, "Fix: Add --yes."],
    [["wait", "order/nobody"], 3, 'There is no instance "order/nobody".'],
    [["wait", "order/o-1", "--for", "done"], 2, '"done" is not a status.'],
    [["wait", "order/o-1", "--timeout", "soon"], 2, '"soon" is not a duration.'],
    [["wait", "o-1"], 2, '"o-1" does not name an instance.'],
    [["tail", "order/o-1", "o-2"], 2, '"o-2" does not name an instance.'],
    [["tail", "--status", "waitng"], 2, 'Did you mean "waiting"?'],
    [["tail", "--since", "soon"], 2, '"soon" is neither a duration nor a time.'],
    [["tail", "--store", "nowhere.db"], 1, "Correct the path after --store."],
    [["diagram"], 2, 'Missing required argument "saga".'],
    [["diagram", "ordr"], 3, 'Did you mean "order"?'],
    [["diagram", "order@7"], 3, "Name one that is declared, such as order@1."],
    [["diagram", "order", "--format", "png"], 2, "Use one of mermaid, svg."],
    [
      ["diagram", "order", "--out", "no/such/folder.mmd"],
      2,
      'The file "no/such/folder.mmd" cannot be written',
    ],
    [["sagas", "order"], 2, "Too many arguments"],
    [["sagas", "--config", "no.ts"], 3, 'There is no configuration file "no.ts".'],
  ])("%j exits with %i and says why", async (args, code, text) => {
    const ended = await run(args);
    expect(ended).toMatchObject({ code, out: "" });
    expect(ended.err).toContain(text);
  });

  it("is told as JSON where JSON is asked for", async () => {
    const { err } = await run(["wait", "order/nobody", "--json"]);
    expect(JSON.parse(err)).toEqual({
      code: "INSTANCE_UNKNOWN",
      message: 'There is no instance "order/nobody".',
      fix: "List what there is: backstep list.",
    });
  });
});
