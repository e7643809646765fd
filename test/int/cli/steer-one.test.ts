import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EngineProject, openEngineProject } from "./engine-project.js";
import { parkingProject } from "./parking-project.js";

let project: EngineProject;

beforeAll(async () => {
  project = await openEngineProject(parkingProject);
});
afterAll(() => project.remove());

async function start(saga: "order" | "refund", orderId: string, sku: string): Promise<void> {
  await project.engine.client.start(saga, { orderId, sku });
  await project.engine.idle();
}

async function cancelled(orderId: string): Promise<void> {
  await start("order", orderId, "sticky");
  await project.run("cancel", `order/${orderId}`);
  await reached(`order/${orderId}`, "parked");
}

const instance = (saga: string, id: string) => project.engine.client.get({ saga, id });

/** Commands in the journal, as `retry anna why`. */
async function commands(saga: string, id: string): Promise<string[]> {
  const { entries } = await instance(saga, id);
  return entries
    .filter(({ cause }) => cause.kind === "command")
    .map(({ cause: { command, actor, reason } }) => [command, actor?.user, reason].join(" "));
}

async function reached(name: string, status: string): Promise<void> {
  const said = await project.run("wait", name, "--for", status, "--timeout", "20s");
  expect(said).toMatchObject({ code: 0, err: "" });
}

describe("retry", () => {
  it("lets a parked step go on, and the journal says who did it and why", async () => {
    await start("refund", "r-1", "stuck");
    const args = ["retry", "refund/r-1", "--reason", "the bank is back", "--as", "anna"];
    const answer = await project.json(0, ...args);
    expect(answer).toMatchObject({ saga: "refund", id: "r-1", applied: true });
    await reached("refund/r-1", "completed");
    await expect(commands("refund", "r-1")).resolves.toEqual(["retry anna the bank is back"]);
  });

  it("takes one step by its name", async () => {
    await start("refund", "r-2", "stuck");
    await expect(project.run("retry", "refund/r-2", "capture")).resolves.toMatchObject({ code: 0 });
    await reached("refund/r-2", "completed");
  });

  it("of two operators lets one win, and tells the other what happened", async () => {
    for (const id of ["q-1", "q-2", "q-3", "q-4", "q-5"]) {
      await start("refund", id, "stuck");
      const both = await Promise.all(
        ["anna", "ben"].map((name) => project.run("retry", `refund/${id}`, "--as", name, "--reason", "x")),
      );
      const [winner = ""] = await commands("refund", id);
      const loser = both.find(({ code }) => code === 4);
      expect(both.map(({ code }) => code).sort()).toEqual([0, 4]);
      expect(loser?.err).toMatch(
        new RegExp(`Before it: retry by ${winner.split(" ")[1]}@.* \\(x\\), \\d+m?s ago\\.`),
      );
      await reached(`refund/${id}`, "completed");
    }
  });
});

describe("resolve", () => {
  it("settles a parked step with the output that a person gives", async () => {
    await start("refund", "s-1", "broken");
    const output = '{"captureId":"by-hand"}';
    const said = await project.run("resolve", "refund/s-1", "capture", "--output", output);
    expect(said).toMatchObject({
      code: 0,
      out: expect.stringContaining("refund/s-1 was resolved and is now"),
    });
    await reached("refund/s-1", "completed");
    expect((await instance("refund", "s-1")).state.ended?.output).toEqual({ captureId: "by-hand" });
  });

  it("settles a compensation without an output", async () => {
    await cancelled("s-2");
    await expect(project.run("resolve", "order/s-2", "reserve")).resolves.toMatchObject({ code: 0 });
    await reached("order/s-2", "compensated");
  });

  it.each([
    [[], "USAGE"],
    [["--output", "{}"], "SCHEMA_MISMATCH"],
  ])("shows what fits where the output is missing or wrong (%j)", async (args, code) => {
    await start("refund", "s-3", "broken");
    const said = await project.run("resolve", "refund/s-3", "capture", ...args, "--json");
    expect(said).toMatchObject({ code: 2, out: "" });
    expect(JSON.parse(said.err)).toMatchObject({
      code,
      fix: expect.stringContaining(`--output '{"captureId":"captureId-1"}'`),
    });
    await expect(commands("refund", "s-3")).resolves.toEqual([]);
  });
});

describe("waive", () => {
  it("asks, and accepts that a compensation stays undone", async () => {
    await cancelled("w-1");
    const args = ["waive", "order/w-1", "reserve", "--reason", "the shelf is gone"];
    const no = await project.answering("n", ...args);
    expect(no).toMatchObject({ code: 1, out: "Nothing changed: order/w-1 is parked.\n" });
    expect(no.asked).toBe("order/w-1 is parked. Accept for good that the step stays undone? [y/N] ");
    await expect(project.answering("y", ...args)).resolves.toMatchObject({ code: 0 });
    await reached("order/w-1", "compensated");
    expect((await instance("order", "w-1")).state.steps.reserve?.settled).toBe("waived");
  });
});

describe("replay", () => {
  it("runs again from a step, under the same key unless new ones are asked for", async () => {
    await start("refund", "p-1", "tea");
    const before = (await instance("refund", "p-1")).state.epochs;
    await expect(project.run("replay", "refund/p-1", "--from", "capture")).resolves.toMatchObject({
      code: 0,
    });
    await reached("refund/p-1", "completed");
    expect((await instance("refund", "p-1")).state.epochs).toEqual(before);
    const args = ["replay", "refund/p-1", "--from", "capture", "--new-keys"];
    await expect(project.run(...args)).resolves.toMatchObject({ code: 2 });
    await expect(project.answering("y", ...args)).resolves.toMatchObject({ code: 0 });
    await reached("refund/p-1", "completed");
    expect((await instance("refund", "p-1")).state.epochs).toMatchObject({ capture: 1, ship: 1 });
  });

  it("undoes first what is to run again", async () => {
    await start("order", "p-2", "tea");
    await project.run("pause", "order/p-2");
    const args = ["replay", "order/p-2", "--from", "reserve", "--compensate-first"];
    await expect(project.run(...args)).resolves.toMatchObject({ code: 0 });
    await reached("order/p-2", "waiting");
    expect((await instance("order", "p-2")).state.epochs).toMatchObject({ reserve: 1 });
  });
});

describe("pause, shed, resume", () => {
  it("hold an instance and let it go on", async () => {
    await start("order", "h-1", "tea");
    const status = async (...args: string[]) => (await project.json(0, ...args, "order/h-1")) as object;
    await expect(status("pause")).resolves.toMatchObject({ applied: true, status: "paused" });
    await expect(status("pause")).resolves.toMatchObject({ applied: false, status: "paused" });
    const twice = await project.run("pause", "order/h-1", "--as", "ben");
    expect(twice.out).toMatch(
      /^order\/h-1 is paused already: it is paused\. Before: pause by .*, .* ago\.\n$/,
    );
    await expect(status("resume")).resolves.toMatchObject({ applied: true, status: "waiting" });
    await expect(status("resume")).resolves.toMatchObject({ applied: false, status: "waiting" });
    await expect(status("shed", "--yes")).resolves.toMatchObject({ applied: true, status: "shed" });
    await expect(status("replay")).resolves.toMatchObject({ applied: true, status: "waiting" });
  });
});

describe("what cannot be done", () => {
  beforeAll(async () => {
    await start("refund", "done", "tea");
    await start("refund", "parked", "broken");
    await start("order", "waiting", "tea");
    const ref = { saga: "order", id: "waiting" };
    await project.engine.client.command(ref, { kind: "pause" }, { actor: { user: "anna" } });
    await project.engine.client.command(ref, { kind: "resume" }, { actor: { user: "ben" } });
    await project.engine.idle();
  });

  const output = ["--output", '{"captureId":"c"}'];
  const why = ["--reason", "why", "--yes"];

  it.each([
    [["retry", "refund/nobody"], 3, "INSTANCE_UNKNOWN", 'There is no instance "refund/nobody".'],
    [["resolve", "refund/nobody", "capture", ...output], 3, "INSTANCE_UNKNOWN", "refund/nobody"],
    [["waive", "refund/nobody", "capture", ...why], 3, "INSTANCE_UNKNOWN", "refund/nobody"],
    [["replay", "refund/nobody"], 3, "INSTANCE_UNKNOWN", "refund/nobody"],
    [["pause", "refund/nobody"], 3, "INSTANCE_UNKNOWN", "refund/nobody"],
    [["resume", "refund/nobody"], 3, "INSTANCE_UNKNOWN", "refund/nobody"],
    [["shed", "refund/nobody", "--yes"], 3, "INSTANCE_UNKNOWN", "refund/nobody"],
    [["retry", "refund/done"], 4, "COMMAND_REFUSED", "has nothing to retry: it is completed."],
    [["resolve", "refund/done", "capture", ...output], 4, "COMMAND_REFUSED", "the step is done."],
    [["waive", "refund/done", "capture", ...why], 4, "COMMAND_REFUSED", "the step is done."],
    [["replay", "refund/done"], 4, "COMMAND_REFUSED", "has nothing left to run."],
    [["pause", "refund/done"], 4, "COMMAND_REFUSED", "is completed and cannot be paused."],
    [["shed", "refund/done", "--yes"], 4, "COMMAND_REFUSED", "is completed and cannot be shed."],
    [["cancel", "refund/done"], 4, "COMMAND_REFUSED", "is completed and cannot be cancelled."],
    [["terminate", "refund/done", ...why], 4, "COMMAND_REFUSED", "is completed already."],
    [["retry", "refund/parked", "captrue"], 4, "COMMAND_REFUSED", "its steps are reserve, capture, ship."],
    [["resolve", "refund/parked", "captrue"], 4, "COMMAND_REFUSED", 'has no step "captrue"'],
    [["waive", "refund/parked", "captrue", ...why], 4, "COMMAND_REFUSED", 'has no step "captrue"'],
    [["replay", "refund/parked", "--from", "captrue"], 4, "COMMAND_REFUSED", 'has no step "captrue"'],
    [["waive", "refund/parked", "capture", ...why], 4, "COMMAND_REFUSED", 'cannot go on without "capture".'],
    [["replay", "refund/parked", "--from", "ship"], 4, "COMMAND_REFUSED", "the step has not started."],
    [["resolve", "refund/parked", "capture", "--output", "{"], 2, "USAGE", "The --output is not JSON"],
    [["resolve", "refund/parked", "capture", "--output", "1"], 2, "SCHEMA_MISMATCH", "output given"],
    [["resolve", "refund/parked"], 2, "USAGE", "The step is missing."],
    [["waive", "refund/parked", "capture", "--yes"], 2, "USAGE", 'The option "--reason" is missing.'],
    [["retry", "order/waiting"], 4, "COMMAND_REFUSED", 'has nothing to retry: it is waiting at "payment".'],
    [["retry", "order/waiting", "payment"], 4, "COMMAND_REFUSED", "the step waits for paid, for 59m"],
    [["retry", "order/waiting"], 4, "COMMAND_REFUSED", "Before it: resume by ben, "],
    [["replay", "order/waiting"], 4, "COMMAND_REFUSED", "is still being worked"],
    [["retry"], 2, "USAGE", "Neither an instance nor a filter is given."],
    [["retry", "refund"], 2, "USAGE", '"refund" does not name an instance.'],
    [["retry", "refund/parked", "--as", " "], 2, "USAGE", '" " names nobody.'],
    [["retry", "refund/parked", "--status", "parked"], 2, "USAGE", '"--status" is for many instances'],
    [["shed", "order/waiting", "--older-than", "1h"], 2, "USAGE", '"--older-than" is for many instances'],
    [["retry", "--status", "prked"], 2, "USAGE", '"prked" is not a status.'],
    [["retry", "--saga", "order", "--rate", "fast"], 2, "USAGE", '"fast" is no rate.'],
    [["retry", "--saga", "order", "--rate", "0/s"], 2, "USAGE", '"0/s" is no rate.'],
    [["retry", "--saga", "order", "--concurrency", "0"], 2, "USAGE", '"0" is no concurrency.'],
    [["shed", "--older-than", "old"], 2, "USAGE", '"old" is no duration.'],
    [["retry", "--since", "never"], 2, "USAGE", '"never" is neither a duration nor a time.'],
    [["resolve", "--saga", "refund"], 2, "USAGE", '"resolve" does not know the step.'],
    [["terminate", "--saga", "refund", "--yes"], 2, "USAGE", 'The option "--reason" is missing.'],
    [["pause", "--saga", "order"], 2, "USAGE", "there is no terminal to ask on."],
    [["retry", "--continue"], 3, "RUN_UNKNOWN", 'No run of "retry" is unfinished on .backstep/local.db.'],
    [["retry", "--continue", "x"], 3, "RUN_UNKNOWN", 'There is no run "x" of "retry"'],
    [["retry", "--continue", "--saga", "order"], 2, "USAGE", '"--saga" cannot be changed.'],
    [["retry", "refund/parked", "--config", "no.ts"], 3, "CONFIG_NOT_FOUND", '"no.ts"'],
  ])("%j exits with %i and %s, and writes nothing", async (args, code, error, message) => {
    const all = () =>
      Promise.all([instance("refund", "done"), instance("refund", "parked"), instance("order", "waiting")]);
    const before = await all();
    const said = await project.run(...args, "--json");
    expect({ ...said, err: JSON.parse(said.err) }).toEqual({
      code,
      out: "",
      err: { code: error, message: expect.stringContaining(message), fix: expect.stringMatching(/[.']$/) },
      asked: expect.any(String),
    });
    expect(await all()).toEqual(before);
  });

  it("suggests the step that was meant", async () => {
    const said = await project.run("retry", "refund/parked", "captrue");
    expect(said.err).toContain('Did you mean "capture"?');
  });
});
