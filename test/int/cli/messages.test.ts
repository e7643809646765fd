import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decidePark } from "../../../src/core/decide/decide.js";
import { deduplicationId } from "../../../src/core/envelope.js";
import { openStoreDatabase } from "../../../src/local/local-database.js";
import { LocalSagaStore } from "../../../src/local/local-saga-store.js";
import { envelope, projectionOf } from "../../../src/runtime/events.js";
import { VirtualClock } from "../../../src/testing/virtual-clock.js";
import { orderProject } from "../../e2e/cli-sagas.js";
import { type EngineProject, openEngineProject } from "./engine-project.js";

/** A configuration that does not declare the saga. */
const other = `
  import { defineConfig, defineSaga } from "backstep";
  import { z } from "zod";
  const input = z.object({ id: z.string() });
  const nap = defineSaga({ name: "nap", version: 1, input, id: ({ id }) => id });
  export default defineConfig({ sagas: [nap.sleep("rest", { hours: 1 }).build()] });
`;

let project: EngineProject;
let store: LocalSagaStore;

const instance = (id: string) => project.engine.client.get({ saga: "order", id });
const pay = (orderId: string, eventId: string) =>
  project.engine.client.signal("payment.received", { orderId, cents: 7 }, { eventId });

async function startWaiting(orderId: string): Promise<void> {
  await project.engine.client.start("order", { orderId, sku: "tea" });
  await project.engine.idle();
}

/** Keeps a message as the engine does. @returns its id */
async function keep(body: string, lane = "main"): Promise<string> {
  const sql =
    "INSERT INTO backstep_quarantine (at, lane, error, body) VALUES (?, ?, 'of a later version', ?)";
  await store.run(sql, [Date.now(), lane, body]);
  return `q-${store.reading("SELECT max(seq) FROM backstep_quarantine").row([])?.[0]}`;
}

/** Keeps a dead letter, and parks its instance, as the engine does. @returns its id */
async function giveUp(id: string, isParked = true): Promise<string> {
  const { state, head } = await instance(id);
  const letter = envelope(state, new VirtualClock(), { kind: "lane", seq: 0, cause: "0", gen: 0, hops: 0 });
  const sql = `INSERT INTO backstep_dead_letters (at, lane, saga, id, receives, error, body)
    VALUES (?, 'main', 'order', ?, 10, 'it was delivered 10 times in vain', ?)`;
  await store.run(sql, [Date.now(), id, JSON.stringify(letter)]);
  if (isParked) {
    const decided = decidePark(state, { code: "deadLetter", message: "given up" }, Date.now());
    if (decided.kind !== "append") throw new Error("it cannot be parked");
    const entry = { ...decided.entry, nonce: "test" };
    const projection = projectionOf(decided.state, head.settled, undefined);
    await store.appendWatched(head.origin, entry, head.rev, projection);
  }
  return `d-${store.reading("SELECT max(seq) FROM backstep_dead_letters").row([])?.[0]}`;
}

beforeAll(async () => {
  const saga = orderProject["sagas/order.ts"];
  const secretive = saga.replace("deadline: {", 'redact: ["cents"], deadline: {');
  project = await openEngineProject({
    ...orderProject,
    "sagas/order.ts": secretive,
    "other.config.ts": other,
  });
  store = new LocalSagaStore(openStoreDatabase(join(project.folder, ".backstep/local.db"), {}));
});
afterAll(async () => {
  await store.close();
  await project.remove();
});

describe("mailbox", () => {
  it("tells what became of each domain event, and hides what the saga keeps to itself", async () => {
    await startWaiting("m-1");
    await pay("m-1", "m-e1");
    await project.engine.idle();
    await pay("m-1", "m-e2");
    await project.engine.idle();
    const mail = await project.json(0, "mailbox", "order/m-1");
    expect(mail).toMatchObject({
      started: true,
      mail: [
        {
          id: "m-e1",
          event: "payment.received",
          state: "taken",
          takenBy: "payment",
          payload: { orderId: "m-1", cents: 0 },
        },
        { id: "m-e2", event: "payment.received", state: "unclaimed", takenBy: null, payload: { cents: 0 } },
      ],
    });
    const { out } = await project.run("mailbox", "order/m-1");
    expect(out).toMatch(/payment\.received +m-e1 .* taken by payment +\{"orderId":"m-1","cents":0\}/);
  });

  it("leaves out what nobody can say is no secret", async () => {
    const place = ["--config", "other.config.ts", "--store", ".backstep/local.db"];
    const said = await project.run("mailbox", "order/m-1", ...place, "--json");
    expect(JSON.parse(said.out).mail).toMatchObject([
      { state: "taken", payload: null },
      { state: "unknown", payload: null },
    ]);
    expect(said.err).toContain('The saga \\"order\\" is not declared');
  });

  it("tells of an instance that was never started", async () => {
    await pay("m-2", "m-e3");
    const early = { saga: "order", id: "m-2", started: false, mail: [{ id: "m-e3", state: "early" }] };
    const { out, err } = await project.run("mailbox", "order/m-2", "--json");
    expect(JSON.parse(out)).toMatchObject(early);
    expect(JSON.parse(out).mail[0].payload).toEqual({ orderId: "m-2", cents: 0 });
    expect(err).toContain("order/m-2 was not started yet");
  });

  it.each([
    ["order/nobody", 3, "no domain event was accepted for it"],
    ["order", 2, "does not name an instance"],
  ])("of %s exits with %i", async (name, code, text) => {
    const said = await project.run("mailbox", name);
    expect(said).toMatchObject({ code, out: "", err: expect.stringContaining(text) });
  });
});

describe("quarantine", () => {
  it("lists and shows what nobody could work", async () => {
    await project.json(0, "quarantine", "list");
    const id = await keep('{"v":99,"saga":"order","id":"q-1"}');
    const [listed] = (await project.json(0, "quarantine", "list")) as readonly unknown[];
    expect(listed).toMatchObject({
      id,
      kind: "unreadable",
      source: "main",
      instance: "order/q-1",
      done: null,
    });
    const shown = await project.run("quarantine", "show", id);
    expect(shown).toMatchObject({ code: 0, out: expect.stringContaining('"v":99') });
  });

  it("drops a message for a reason, after a question, once", async () => {
    const id = await keep("noise");
    const no = await project.answering("n", "quarantine", "drop", id, "--reason", "a test");
    expect(no).toMatchObject({ code: 1, out: "Nothing changed.\n", asked: `Drop ${id}? [y/N] ` });
    const dropped = await project.json(
      0,
      "quarantine",
      "drop",
      id,
      "--reason",
      "a test",
      "--yes",
      "--as",
      "anna",
    );
    expect(dropped).toEqual([{ id, how: "dropped", problem: null }]);
    const again = await project.run("quarantine", "drop", id, "--reason", "a test", "--yes");
    expect(again).toMatchObject({ code: 3, err: expect.stringContaining("was dropped by anna@") });
    const all = (await project.json(0, "quarantine", "list", "--all")) as { id: string; done: unknown }[];
    expect(all.find((one) => one.id === id)?.done).toMatchObject({ how: "dropped", reason: "a test" });
    expect(JSON.stringify(await project.json(0, "quarantine", "list"))).not.toContain(`"${id}"`);
  });

  it("sends an event once more that this version can read, under a name that no queue has seen", async () => {
    await startWaiting("q-2");
    const { state } = await instance("q-2");
    const facts = { kind: "lane", seq: state.n, cause: String(state.n), gen: 0, hops: 0 } as const;
    const sent = envelope(state, new VirtualClock(), facts);
    const id = await keep(JSON.stringify(sent));
    const { prepareRequeue } = await import("../../../src/runtime/operate/requeue-message.js");
    const { openLocalOperator } = await import("../../../src/local/operate/local-operator.js");
    const operator = openLocalOperator({ file: join(project.folder, ".backstep/local.db"), create: false });
    const message = await operator.records.keptMessage(id);
    if (message === undefined) throw new Error("it is not kept");
    const again = await prepareRequeue(operator, message);
    await operator.close();
    expect(again).toMatchObject({ lane: "main", envelope: { seq: state.n, kind: "lane" } });
    expect(deduplicationId(again.envelope)).not.toBe(deduplicationId(sent));
    expect(await project.json(0, "quarantine", "requeue", id)).toEqual([
      { id, how: "requeued", problem: null },
    ]);
    await project.engine.idle();
    expect((await instance("q-2")).entries).toHaveLength(state.n); // nothing was owed
  });

  it("refuses what no longer is needed, or still is no event", async () => {
    await startWaiting("q-3");
    const { state } = await instance("q-3");
    const old = envelope(state, new VirtualClock(), { kind: "lane", seq: 0, cause: "0", gen: 0, hops: 0 });
    const unknown = { ...old, id: "nobody" };
    for (const [body, text] of [
      [JSON.stringify(old), 'an event of "order/q-3", which has gone on without it'],
      [JSON.stringify(unknown), "which was never started"],
      ["noise", "it is not JSON"],
      ['{"v":99}', 'A message is no envelope: "v"'],
    ] as const) {
      const id = await keep(body);
      const said = await project.run("quarantine", "requeue", id);
      expect(said).toMatchObject({ code: 4, out: "", err: expect.stringContaining(text) });
      expect(said.err).toContain(`backstep quarantine drop ${id}`);
    }
  });

  it.each([
    [["drop", "q-1"], 2, "dropped for a --reason"],
    [["drop", "--reason", "why"], 2, "needs a message"],
    [["show", "q-1", "q-2"], 2, "needs one message"],
    [["show", "q-9999"], 3, 'No message "q-9999" is kept.'],
    [["requeue", "q-9999"], 3, "MESSAGE_UNKNOWN"],
    [["drop", "q-9999", "--reason", "why"], 3, "MESSAGE_UNKNOWN"],
    [["list", "q-1"], 2, "takes no ids"],
    [["lst"], 2, 'Did you mean "list"?'],
  ])("%j exits with %i", async (args, code, text) => {
    const said = await project.run("quarantine", ...args);
    expect(said).toMatchObject({ code, out: "", err: expect.stringContaining(text) });
  });
});

describe("dlq", () => {
  it("tells where the instance of each dead letter stands now", async () => {
    for (const id of ["d-1", "d-2"]) await startWaiting(id);
    const [parked, moved] = [await giveUp("d-1"), await giveUp("d-2", false)];
    const letters = (await project.json(0, "dlq")) as readonly { id: string }[];
    expect(letters.find(({ id }) => id === parked)).toMatchObject({ stands: "parkedByIt", status: "parked" });
    expect(letters.find(({ id }) => id === moved)).toMatchObject({ stands: "movedOn", status: "waiting" });
    expect((await project.run("dlq", "list")).out).toMatch(/parked by it +it was delivered 10 times in vain/);
    const refused = await project.run("quarantine", "requeue", parked);
    expect(refused).toMatchObject({ code: 4, err: expect.stringContaining("backstep retry order/d-1") });
  });

  it("redrives through the journal, once, and never what has moved on", async () => {
    for (const id of ["d-3", "d-4"]) await startWaiting(id);
    const [parked, moved] = [await giveUp("d-3"), await giveUp("d-4", false)];
    const said = await project.json(1, "dlq", "redrive", parked, moved, "--as", "anna", "--reason", "mended");
    expect(said).toMatchObject([
      { id: parked, instance: "order/d-3", how: "retried", problem: null },
      { id: moved, how: "refused", problem: "order/d-4 has moved on: nothing is to be retried." },
    ]);
    await project.engine.idle();
    const { entries, state } = await instance("d-3");
    expect(state.parked).toBeUndefined();
    expect(entries.map(({ cause }) => cause).at(-1)).toMatchObject({
      command: "retry",
      actor: { user: "anna" },
      reason: "mended",
    });
    const again = await project.run("dlq", "redrive", parked);
    expect(again).toMatchObject({ code: 3, err: expect.stringContaining("was requeued by anna@") });
  });

  it("redrives what fits a filter, after a question", async () => {
    await startWaiting("d-5");
    await giveUp("d-5");
    const args = ["dlq", "redrive", "--saga", "order", "--error", "given up"] as const;
    const no = await project.answering("n", ...args);
    expect(no).toMatchObject({
      code: 1,
      out: "Nothing changed.\n",
      asked: expect.stringContaining("retry each?"),
    });
    const retried = (await project.json(0, ...args, "--yes")) as readonly { instance: string }[];
    expect(retried).toContainEqual(expect.objectContaining({ instance: "order/d-5", how: "retried" }));
    expect((await project.run(...args, "--yes")).out).toBe("No instance stands parked by a dead letter.\n");
  });

  it.each([
    [["redrive"], 2, "Either dead letters or filters"],
    [["redrive", "d-1", "--saga", "order"], 2, "Either dead letters or filters"],
    [["redrive", "d-9999"], 3, "MESSAGE_UNKNOWN"],
    [["list", "d-1"], 2, "takes no ids"],
  ])("%j exits with %i", async (args, code, text) => {
    const said = await project.run("dlq", ...args);
    expect(said).toMatchObject({ code, out: "", err: expect.stringContaining(text) });
  });
});

describe("lanes", () => {
  it("backlog tells how each lane stands, and how fast it is worked", async () => {
    const lanes = await project.json(0, "backlog", "--over", "1s");
    expect(lanes).toMatchObject([{ lane: "main", visible: 0, inFlight: 0, drainMs: 0, drains: true }]);
  });

  it("set counts at once, and says what it was before", async () => {
    const [before] = (await project.json(0, "lanes", "list")) as readonly { concurrency: number }[];
    const set = await project.json(0, "lanes", "set", "main", "--concurrency", "3");
    expect(set).toEqual({ lane: "main", before: before?.concurrency, after: 3 });
    expect(await project.json(0, "lanes", "list")).toMatchObject([{ lane: "main", concurrency: 3 }]);
  });

  it.each([
    [["set", "nowhere", "--concurrency", "3"], 3, "LANE_UNKNOWN"],
    [["set", "main", "--concurrency", "0"], 2, "USAGE"],
    [["set", "main", "--concurrency", "many"], 2, '"many" is no number'],
    [["set", "main"], 2, "needs a lane and a --concurrency"],
    [["list", "main"], 2, "takes no lane"],
  ])("lanes %j exits with %i", async (args, code, text) => {
    const said = await project.run("lanes", ...args);
    expect(said).toMatchObject({ code, out: "", err: expect.stringContaining(text) });
  });

  it("backlog refuses to measure for too short or too long", async () => {
    expect(await project.run("backlog", "--over", "10ms")).toMatchObject({ code: 2 });
    expect(await project.run("backlog", "--over", "1h")).toMatchObject({ code: 2 });
  });
});
