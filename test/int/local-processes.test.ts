import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Status } from "../../src/core/journal/state.js";
import { createLocalEngine, type LocalClient, openLocalClient } from "../../src/local/index.js";
import { type TemporaryFolder, temporaryFolder } from "../contract/temporary-folder.js";
import { bundleChild, type LocalChild, startChild } from "./local-child.js";
import { tour } from "./local-tour.js";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 30_000 });

let program: string;
let bundle: TemporaryFolder;
beforeAll(() => {
  bundle = temporaryFolder();
  program = bundleChild(bundle.file);
});
afterAll(() => bundle.remove());

let folder: TemporaryFolder;
let file: string;
let log: string;
let client: LocalClient;
let children: LocalChild[];
beforeEach(() => {
  folder = temporaryFolder();
  file = folder.file("store.db");
  log = folder.file("log");
  writeFileSync(log, "");
  client = openLocalClient({ file, sagas: [tour] });
  children = [];
});
afterEach(async () => {
  for (const child of children) await child.kill();
  await client.close();
  folder.remove();
});

const spawnChild = async (role: "engine" | "client"): Promise<LocalChild> => {
  const child = startChild(program, role, file, log);
  children.push(child);
  await child.said("started");
  return child;
};
const statusOf = async (id: string): Promise<Status> => (await client.get({ saga: "tour", id })).head.status;
const until = async (condition: () => Promise<boolean>, limitMs = 15_000): Promise<void> => {
  const giveUpAt = Date.now() + limitMs;
  while (!(await condition())) {
    if (Date.now() > giveUpAt) throw new Error("It did not come to pass.");
    await sleep(5);
  }
};
const untilStatus = (id: string, status: Status) => until(async () => (await statusOf(id)) === status);
const engineHere = () => {
  const services = { note: async () => undefined };
  return createLocalEngine({ file, sagas: [tour], services });
};

describe("two engines", () => {
  test("on one file are not: the second is refused and told whose it is", async () => {
    const first = await spawnChild("engine");
    const second = engineHere();
    await expect(second.start()).rejects.toMatchObject({ code: "STORE_LOCKED", details: { pid: first.pid } });
    await second.stop();
    expect(client.hasEngine()).toBe(true);
    expect(client.engine()?.pid).toBe(first.pid);
  });

  test("in one process are not either, and looking who it is does no harm", async () => {
    const first = engineHere();
    await first.start();
    expect(client.engine()?.pid).toBe(process.pid);
    const second = engineHere();
    await expect(second.start()).rejects.toMatchObject({
      code: "STORE_LOCKED",
      details: { pid: process.pid },
    });
    await second.stop();
    const third = startChild(program, "engine", file, log);
    children.push(third);
    await third.said("STORE_LOCKED");
    expect(client.engine()?.pid).toBe(process.pid);
    await first.stop();
    expect(client.hasEngine()).toBe(false);
  });

  test("follow each other at once when the first is killed", async () => {
    const first = await spawnChild("engine");
    await client.start("tour", { id: "a" });
    await untilStatus("a", "waiting");
    await first.kill();
    expect(client.hasEngine()).toBe(false);
    const second = engineHere();
    await second.start();
    await client.signal("ticket.shown", { tour: "a" });
    await untilStatus("a", "completed");
    await second.stop();
  });

  test("take turns where the second stands by", async () => {
    const first = await spawnChild("engine");
    const services = { note: async () => undefined };
    const second = createLocalEngine({ file, sagas: [tour], services, ifLocked: "wait" });
    const started = second.start();
    await client.start("tour", { id: "a" });
    await untilStatus("a", "waiting");
    await first.kill();
    await started;
    expect(client.engine()?.pid).toBe(process.pid);
    await second.stop();
  });
});

describe("a process beside the engine", () => {
  // A wall clock on a busy machine gets a second look.
  test("starts, signals, reads and cancels, and the engine acts within 100 ms", { retry: 2 }, async () => {
    await spawnChild("engine");
    await client.start("tour", { id: "a" });
    await untilStatus("a", "waiting");
    const times: number[] = [];
    for (const id of ["b", "c", "d", "e", "f"]) {
      await client.start("tour", { id });
      const before = performance.now();
      await untilStatus(id, "waiting");
      times.push(performance.now() - before);
    }
    expect(times.toSorted((one, other) => one - other)[2]).toBeLessThan(100);
    await client.signal("ticket.shown", { tour: "a" });
    await untilStatus("a", "completed");
    await client.command({ saga: "tour", id: "b" }, { kind: "cancel" }, { actor: { user: "ann" } });
    await untilStatus("b", "compensated");
    expect((await client.list({ limit: 10 })).heads).toHaveLength(6);
  });

  test("is heard by the next engine if there is none", async () => {
    await client.start("tour", { id: "a" });
    await client.signal("ticket.shown", { tour: "a" });
    await spawnChild("engine");
    await untilStatus("a", "completed");
  });

  test("loses nothing that was accepted when it is killed", async () => {
    const other = await spawnChild("client");
    const ids = Array.from({ length: 20 }, (_, at) => `o-${at}`);
    for (const id of ids) other.tell(id);
    await other.said("accepted o-10");
    await other.kill();
    await spawnChild("engine");
    for (const id of ids.slice(0, 11)) await untilStatus(id, "waiting");
  });
});

describe("crash: the engine is killed", () => {
  test("G7: a domain event accepted just before is not forgotten until its timeout", async () => {
    for (const round of [1, 2, 3]) {
      const engine = engineHere();
      await engine.start();
      const ids = Array.from({ length: 5 }, (_, at) => `r-${round}-${at}`);
      for (const id of ids) await engine.client.start("tour", { id });
      for (const id of ids) await untilStatus(id, "waiting");
      await engine.stop();
      const first = await spawnChild("engine");
      await Promise.all(ids.map((id) => client.signal("ticket.shown", { tour: id })));
      await first.kill();
      const second = await spawnChild("engine");
      for (const id of ids) await untilStatus(id, "completed");
      await second.kill();
    }
  });

  test("G1, G8, G9: at random moments; all end, with whole journals and every effect", async () => {
    const ids = Array.from({ length: 60 }, (_, at) => `o-${at}`);
    let engine = await spawnChild("engine");
    const customers = Promise.all(
      ids.map(async (id, at) => {
        await sleep(at * 10);
        await client.start("tour", { id });
        await client.signal("ticket.shown", { tour: id }, { eventId: `ticket-${id}` });
      }),
    );
    for (let kills = 0; kills < 6; kills++) {
      await sleep(40 + kills * 25);
      await engine.kill();
      engine = await spawnChild("engine");
    }
    await customers;
    for (const id of ids) await untilStatus(id, "completed");
    const effects = readFileSync(log, "utf8").split("\n");
    for (const id of ids) {
      const { entries, state } = await client.get({ saga: "tour", id });
      expect(entries.map(({ n }) => n)).toEqual(entries.map((_, at) => at + 1));
      expect(state.ended?.status).toBe("completed");
      for (const step of ["one", "two", "three", "four"]) expect(effects).toContain(`tour/${id}/${step}`);
    }
  });
});
