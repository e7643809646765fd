import { describe, expect, it, vi } from "vitest";
import type { CliWorld } from "./cli-world.js";

/** The input of an order. */
export const input = (orderId: string, sku = "tea") => JSON.stringify({ orderId, sku });
const paid = (orderId: string, cents = 4) => JSON.stringify({ orderId, cents });

/** Answers with `--json`, by world and then by command: they must be of the same shape everywhere. */
export const answers = new Map<string, Map<string, unknown>>();

/** Where commands are tried. */
export interface CommandWorld {
  readonly name: string;
  /** What commands that are named in answers end in: ` --stage dev`. */
  readonly suffix: string;
  /** Whether instances can be steered: that needs transactions. */
  readonly canCommand: boolean;
  readonly world: () => CliWorld;
}

/** The commands of the command line, the same wherever instances live. */
export function describeCommands({ name, suffix, canCommand, world }: CommandWorld): void {
  const seen = new Map<string, unknown>();
  answers.set(name, seen);

  async function json(what: string, ...args: readonly string[]) {
    const { code, out, err } = await world().run(...args, "--json");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const answer = JSON.parse(out);
    seen.set(what, shapeOf(answer));
    return answer;
  }

  const start = (id: string, sku?: string) => world().run("start", "order", "--input", input(id, sku));

  async function startWaiting(id: string, sku?: string): Promise<void> {
    await start(id, sku);
    const reached = await world().run("wait", `order/${id}`, "--for", "waiting", "--timeout", "20s");
    expect(reached).toEqual({ code: 0, out: `order/${id} is waiting\n`, err: "" });
  }

  it("start starts once, and names the command to look with", async () => {
    const started = await start("s-1");
    const look = `See backstep show order/s-1${suffix}`;
    expect(started).toEqual({ code: 0, out: `Started order/s-1, version 1. ${look}\n`, err: "" });
    const facts = { saga: "order", id: "s-1", version: 1, created: false };
    expect(await json("start", "start", "order", "--input", input("s-1"))).toEqual(facts);
    const other = await start("s-1", "coffee");
    expect(other).toMatchObject({ code: 4, out: "" });
    expect(other.err).toContain("[START_CONFLICT]");
  });

  it("signal carries an instance to its end, and wait tells which", async () => {
    await startWaiting("w-1", "flaky");
    const signalled = await json("signal", "signal", "payment.received", "--payload", paid("w-1"));
    expect(signalled).toMatchObject({ accepted: true, instances: [{ id: "w-1", exists: true }] });
    const ended = await json("wait", "wait", "order/w-1", "--timeout", "20s");
    expect(ended).toMatchObject({ id: "w-1", status: "completed", reached: true, problem: null });
    const again = await world().run("wait", "order/w-1", "--for", "waiting");
    expect(again.code).toBe(1);
    expect(again.out).toContain(`See what became of it: backstep show order/w-1${suffix}.`);
  });

  it("a domain event is the same event by its id, and is kept for a start to come", async () => {
    const args = ["signal", "payment.received", "--event-id", "e-1", "--payload"];
    const early = await world().run(...args, paid("e-1"));
    expect(early).toMatchObject({ code: 0, err: expect.stringContaining("order/e-1 was not started yet") });
    expect((await world().run(...args, paid("e-1"))).out).toContain("was accepted before. Nothing changed.");
    expect(await world().run(...args, paid("e-1", 5))).toMatchObject({ code: 4 });
    expect(await world().run(...args.slice(0, 2), "--existing", "--payload", paid("e-2"))).toMatchObject({
      code: 3,
    });
    await start("e-1");
    expect(await world().run("wait", "order/e-1", "--timeout", "20s")).toMatchObject({ code: 0 });
  });

  it("show tells steps, attempts and journal", async () => {
    await startWaiting("h-1");
    await world().run("signal", "payment.received", "--payload", paid("h-1"));
    await world().run("wait", "order/h-1", "--timeout", "20s");
    const shown = await json("show", "show", "order/h-1");
    expect(shown).toMatchObject({ id: "h-1", status: "completed", output: { tracking: "track-h-1" } });
    expect(Object.keys(shown.steps)).toEqual(["reserve", "check", "payment", "capture", "ship"]);
    const { code, out } = await world().run("show", "order/h-1", "--journal");
    expect(code).toBe(0);
    expect(out).toMatch(/^order\/h-1 {2}completed\n/);
    expect(out).toMatch(/completed.*\n$/);
  });

  it("list finds by saga, status, time and number", async () => {
    await startWaiting("l-1");
    await startWaiting("l-2");
    const ids = async (...args: readonly string[]) => {
      const found = await json("list", "list", "--limit", "1000", ...args);
      return found.map(({ id }: { id: string }) => id).filter((id: string) => id.startsWith("l-"));
    };
    expect((await ids()).sort()).toEqual(["l-1", "l-2"]);
    expect((await ids("--saga", "order", "--status", "waiting", "--since", "1h")).sort()).toEqual([
      "l-1",
      "l-2",
    ]);
    expect(await ids("--status", "completed")).toEqual([]);
    expect(await ids("--since", "2999-01-01")).toEqual([]);
    const cut = await world().run("list", "--limit", "1", "--json");
    expect(JSON.parse(cut.out)).toHaveLength(1);
    expect(JSON.parse(cut.err).notice).toContain("There are more than 1");
    const none = await world().run("list", "--saga", "nope");
    const notice = 'No saga "nope" is declared.\n';
    expect(none).toEqual({ code: 0, out: "No instance fits.\n", err: notice });
  });

  it("wait gives up when its time is over", async () => {
    await startWaiting("w-2");
    const late = await world().run("wait", "order/w-2", "--timeout", "150ms");
    expect(late.code).toBe(1);
    expect(late.out).toBe(
      "order/w-2 is waiting\nNot reached: it has not ended after 150ms.\n" +
        `Fix: Wait longer, or look at it: backstep show order/w-2${suffix}.\n`,
    );
  });

  it.each([
    ["named", ["order/t-1", "order/t-2"]],
    ["all", ["--saga", "order"]],
  ])("tail tells every transition once and in order (%s)", async (which, args) => {
    const id = which === "named" ? "t-1" : "t-3";
    const tail = world().follow("tail", "--json", ...args);
    await tail.until(/Following/);
    await startWaiting(id, "flaky");
    await tail.until(new RegExp(`"${id}".*"waiting"`));
    await world().run("signal", "payment.received", "--payload", paid(id));
    await tail.until(new RegExp(`"${id}".*"completed"`));
    const { code, out } = await tail.stop();
    expect(code).toBe(0);
    const lines = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    seen.set("tail", shapeOf(lines[0]));
    const told = lines.filter((line) => line.id === id).map(({ n, status }) => `${n} ${status}`);
    expect(told).toEqual([
      ...["0 running", "1 running", "2 running", "3 running", "4 waiting"],
      ...["5 running", "6 running", "7 completed"],
    ]);
  });

  it("tail begins earlier if told to, and shows what is asked for", async () => {
    await startWaiting("t-4");
    const tail = world().follow("tail", "order/t-4", "--since", "1h", "--status", "waiting");
    await tail.until(/order\/t-4 +waiting/);
    expect((await tail.stop()).out).toMatch(/^.*order\/t-4 {2}waiting.*\n$/);
  });

  it("timers list tells what is due next, of one instance and of all", async () => {
    await startWaiting("tm-1");
    expect(await json("timers", "timers", "list", "order/tm-1")).toMatchObject([
      { id: "tm-1", status: "waiting", step: "payment", kind: "wait", canMove: true },
      { id: "tm-1", status: "waiting", step: null, kind: "deadline", canMove: false },
    ]);
    const all = await json("timers of all", "timers", "list", "--limit", "1000");
    expect(all).toContainEqual(expect.objectContaining({ id: "tm-1", step: "payment" }));
  });

  it("mailbox tells what became of each domain event", async () => {
    await world().run("signal", "payment.received", "--event-id", "mb-e", "--payload", paid("mb-1"));
    const early = await world().run("mailbox", "order/mb-1", "--json");
    expect(JSON.parse(early.out)).toMatchObject({ started: false, mail: [{ id: "mb-e", state: "early" }] });
    await start("mb-1");
    await world().run("wait", "order/mb-1", "--timeout", "20s");
    const after = await json("mailbox", "mailbox", "order/mb-1");
    expect(after.mail).toMatchObject([{ id: "mb-e", state: "taken", takenBy: "payment" }]);
    expect(await world().run("mailbox", "order/nobody")).toMatchObject({ code: 3 });
  });

  it("quarantine and dlq list nothing where every message was worked", async () => {
    expect(await json("quarantine", "quarantine", "list")).toEqual([]);
    expect(await json("dlq", "dlq")).toEqual([]);
    expect(await world().run("quarantine", "show", "q-9")).toMatchObject({ code: 3 });
  });

  it("audit finds nothing where everything fits", async () => {
    await startWaiting("au-1");
    expect(await json("audit", "audit", "order/au-1")).toEqual({ audited: 1, gaps: [], untold: 0, left: 0 });
    const all = await json("audit of all", "audit");
    expect(all).toMatchObject({ gaps: [], left: 0 });
    expect(all.audited).toBeGreaterThan(0);
  });

  it("backlog tells how each lane stands", async () => {
    const { code, out } = await world().run("backlog", "--over", "1s", "--json");
    expect(code).toBe(0);
    seen.set("backlog", Object.keys(JSON.parse(out)[0]));
    expect(JSON.parse(out)).toMatchObject([{ lane: "main", visible: 0, dead: 0 }]);
    expect(await world().run("lanes", "set", "nowhere", "--concurrency", "2")).toMatchObject({ out: "" });
  });

  it("try, pull and history export read an instance and leave it as it is", async () => {
    await startWaiting("copied-1");
    const before = await world().run("show", "order/copied-1", "--json");
    expect(await json("try", "try", "order/copied-1")).toMatchObject({
      status: "waiting",
      differences: [],
      journal: [],
      calls: [],
      after: { status: "waiting", waits: [{ key: "payment" }] },
    });
    const exported = await world().run("history", "export", "order/copied-1");
    expect(JSON.parse(exported.out)).toMatchObject({ format: 1, origin: { id: "copied-1" } });
    const pulled = await world().run("pull", "order/copied-1", "--force", "--json");
    expect(JSON.parse(pulled.out)).toMatchObject({ status: "waiting", redacted: false });
    expect(await world().run("show", "order/copied-1", "--json")).toEqual(before);
  });

  // Commands are written with their head in one transaction.
  describe.skipIf(!canCommand)("steering", () => {
    it("cancel undoes what was done", async () => {
      await startWaiting("c-1");
      const cancelled = await json("cancel", "cancel", "order/c-1", "--reason", "no longer wanted");
      expect(cancelled).toMatchObject({ id: "c-1", applied: true });
      const ended = await world().run("wait", "order/c-1", "--timeout", "20s");
      expect(ended).toEqual({
        code: 0,
        out: "order/c-1 is compensated: cancelled: no longer wanted\n",
        err: "",
      });
      const again = await world().run("cancel", "order/c-1");
      expect(again).toMatchObject({ code: 4, out: "" });
      expect(again.err).toContain(`Fix: Look at it first: backstep show order/c-1${suffix}.`);
    });

    it("what cannot be undone is parked, and wait says so at once", async () => {
      await startWaiting("c-2", "sticky");
      await world().run("cancel", "order/c-2");
      const { code, out } = await world().run("wait", "order/c-2", "--timeout", "20s");
      expect(code).toBe(1);
      expect(out).toContain(`Fix: See what it needs: backstep show order/c-2 --journal${suffix}.`);
    });

    async function park(id: string): Promise<void> {
      await startWaiting(id, "sticky");
      await world().run("cancel", `order/${id}`);
      await reach(id, "parked");
    }

    async function reach(id: string, status: string): Promise<void> {
      const reached = await world().run("wait", `order/${id}`, "--for", status, "--timeout", "20s");
      expect(reached).toMatchObject({ code: 0, out: expect.stringContaining(`order/${id} is ${status}`) });
    }

    it("retry tries again, resolve and waive settle what is parked", async () => {
      await park("p-1");
      await park("p-2");
      const again = await json(
        "retry",
        "retry",
        "order/p-1",
        "--reason",
        "the shelf is open",
        "--as",
        "anna",
      );
      expect(again).toMatchObject({ id: "p-1", applied: true, status: "compensating" });
      await reach("p-1", "parked");
      const resolved = await json("resolve", "resolve", "order/p-1", "reserve");
      expect(resolved).toMatchObject({ applied: true });
      await reach("p-1", "compensated");
      const waive = ["waive", "order/p-2", "reserve", "--reason", "given up"];
      expect(await world().run(...waive)).toMatchObject({ code: 2 });
      expect(await json("waive", ...waive, "--yes")).toMatchObject({ applied: true });
      await reach("p-2", "compensated");
    });

    it("of two who settle one step at once one wins, and the other is told who did", async () => {
      for (const id of ["q-1", "q-2", "q-3"]) {
        await park(id);
        const both = await Promise.all(
          ["anna", "ben"].map((name) => world().run("resolve", `order/${id}`, "reserve", "--as", name)),
        );
        expect(both.map(({ code }) => code).sort()).toEqual([0, 4]);
        expect(both.find(({ code }) => code === 4)?.err).toMatch(/Before it: resolve by (anna|ben)@.+ ago\./);
        const { journal } = JSON.parse((await world().run("show", `order/${id}`, "--json")).out);
        const given = journal.filter(
          (entry: { cause: { command?: string } }) => entry.cause.command === "resolve",
        );
        expect(given).toHaveLength(1);
      }
    });

    it("pause and shed hold an instance, resume and replay let it go on", async () => {
      await startWaiting("h-2");
      expect(await json("pause", "pause", "order/h-2")).toMatchObject({ applied: true, status: "paused" });
      expect(await json("pause", "pause", "order/h-2")).toMatchObject({ applied: false, status: "paused" });
      expect(await json("resume", "resume", "order/h-2")).toMatchObject({ applied: true, status: "waiting" });
      const shed = await json("shed", "shed", "order/h-2", "--yes");
      expect(shed).toMatchObject({ applied: true, status: "shed" });
      expect(await json("replay", "replay", "order/h-2")).toMatchObject({ applied: true, status: "waiting" });
    });

    it("a command to many is given to each that fits", async () => {
      for (const id of ["b-1", "b-2", "b-3"]) await park(id);
      const which = ["--saga", "order", "--step", "reserve", "--error", "no success", "--yes"];
      await vi.waitFor(
        async () => expect((await json("bulk", "resolve", ...which, "--dry-run")).total).toBeGreaterThan(2),
        { timeout: 20_000, interval: 200 },
      );
      const done = await json("bulk", "resolve", ...which, "--rate", "100/s", "--concurrency", "2");
      expect(done).toMatchObject({ refused: 0, failed: 0, isDone: true, continue: null });
      expect(done.applied).toBeGreaterThan(2);
      for (const id of ["b-1", "b-2", "b-3"]) await reach(id, "compensated");
      const gone = await world().run("resolve", "--continue");
      expect(gone.err).toContain('No run of "resolve" is unfinished');
    });

    it("timers are moved, fired and cancelled", async () => {
      await startWaiting("tm-2");
      const moved = await json("timers move", "timers", "move", "order/tm-2", "payment", "--by", "1h");
      expect(moved).toMatchObject({ id: "tm-2", step: "payment", applied: true, status: "waiting" });
      const never = await json("timers cancel", "timers", "cancel", "order/tm-2", "payment", "--yes");
      expect(never).toMatchObject({ applied: true, dueAt: null });
      expect(await world().run("timers", "fire", "order/tm-2", "reserve")).toMatchObject({
        code: 4,
        out: "",
      });
      await json("timers fire", "timers", "fire", "order/tm-2", "payment");
      const ended = await world().run("wait", "order/tm-2", "--timeout", "20s");
      expect(ended.out).toBe("order/tm-2 is compensated: payment timed out\n");
    });

    it("terminate ends it where it stands", async () => {
      await startWaiting("x-1");
      const args = ["terminate", "order/x-1", "--reason", "by hand"];
      expect(await world().run(...args)).toMatchObject({
        code: 2,
        err: expect.stringContaining("Add --yes."),
      });
      const ended = await json("terminate", ...args, "--yes");
      expect(ended).toMatchObject({ applied: true, status: "terminated", left: ["reserve", "check"] });
      expect(await world().run(...args, "--yes")).toMatchObject({ code: 4 });
    });
  });

  it.each([
    [["show", "order/nobody"], 3, "INSTANCE_UNKNOWN"],
    [["wait", "order/nobody"], 3, "INSTANCE_UNKNOWN"],
    [["cancel", "order/nobody"], 3, "INSTANCE_UNKNOWN"],
    [["terminate", "order/nobody", "--reason", "why", "--yes"], 3, "INSTANCE_UNKNOWN"],
    [["retry", "order/nobody"], 3, "INSTANCE_UNKNOWN"],
    [["resolve", "order/nobody", "ship"], 3, "INSTANCE_UNKNOWN"],
    [["waive", "order/nobody", "ship", "--reason", "why", "--yes"], 3, "INSTANCE_UNKNOWN"],
    [["replay", "order/nobody"], 3, "INSTANCE_UNKNOWN"],
    [["pause", "order/nobody"], 3, "INSTANCE_UNKNOWN"],
    [["resume", "order/nobody"], 3, "INSTANCE_UNKNOWN"],
    [["shed", "order/nobody", "--yes"], 3, "INSTANCE_UNKNOWN"],
    [["retry"], 2, "USAGE"],
    [["retry", "--continue"], 3, "RUN_UNKNOWN"],
    [["show", "nobody"], 2, "USAGE"],
    [["start", "ordr", "--input", "{}"], 3, "SAGA_UNKNOWN"],
    [["start", "order", "--input", "{"], 2, "USAGE"],
    [["start", "order", "--input", '{"orderId":1}'], 2, "SCHEMA_MISMATCH"],
    [["start", "order", "--input", '{"orderId":"a b","sku":"tea"}'], 2, "INSTANCE_ID_INVALID"],
    [["signal", "nope", "--payload", "{}"], 3, "EVENT_UNKNOWN"],
    [["signal", "payment.received", "--payload", "{}"], 2, "SCHEMA_MISMATCH"],
    [["list", "--status", "done"], 2, "USAGE"],
    [["list", "--limit", "0"], 2, "USAGE"],
    [["tail", "order/o-1", "--since", "soon"], 2, "USAGE"],
    [["wait", "order/o-1", "--timeout", "soon"], 2, "USAGE"],
  ])("%j exits with %i: %s", async (args, code, error) => {
    const ended = await world().run(...args, "--json");
    expect(ended).toMatchObject({ code, out: "" });
    const failure = JSON.parse(ended.err);
    expect(failure).toMatchObject({ code: error });
    if (error === "INSTANCE_UNKNOWN") expect(failure.fix).toBe(`List what there is: backstep list${suffix}.`);
  });
}

/** What a value consists of: the types of its parts; of a list, those of what is in it. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return [...new Set(value.map((item) => JSON.stringify(shapeOf(item))))].sort();
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shapeOf(item)]));
}
