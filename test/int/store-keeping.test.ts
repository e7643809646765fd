import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { backupStore } from "../../src/local/backup-store.js";
import { createLocalEngine, openLocalClient, openLocalDatabase } from "../../src/local/index.js";
import { restoreStore } from "../../src/local/restore-store.js";
import { verifyStore } from "../../src/local/verify-store.js";
import { dropDraft } from "../../src/local/whole-file.js";
import { SystemClock } from "../../src/system/system-clock.js";
import { type TemporaryFolder, temporaryFolder } from "../contract/temporary-folder.js";
import { bundleChild, startChild } from "./local-child.js";
import { tour } from "./local-tour.js";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let folder: TemporaryFolder;
let file: string;
let copy: string;
const services = { note: async () => undefined };

/** Runs tours to where they wait, and some of them to their end. */
async function runTours(store: string, ids: readonly string[], shown: readonly string[] = []): Promise<void> {
  const engine = createLocalEngine({ file: store, sagas: [tour], services });
  await engine.start();
  for (const id of ids) await engine.client.start("tour", { id });
  await engine.idle();
  for (const id of shown) await engine.client.signal("ticket.shown", { tour: id });
  await engine.idle();
  await engine.stop();
}

/** Changes a store behind its back. */
function damage(store: string, sql: string): void {
  const database = openLocalDatabase(store);
  database.exec(sql);
  database.close();
}

const problemsOf = async (store: string) =>
  (await verifyStore(store)).findings.map(({ instance, problem }) =>
    instance === undefined ? problem : `${instance}: ${problem}`,
  );
const namesIn = () => readdirSync(dirname(file)).sort();

/** libsql lets go of a closed connection with its last statement: in this process, when that is collected. */
const letGo = async (): Promise<void> => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let times = 0; times < 3; times += 1) {
    collect();
    await sleep(1);
  }
};
const restore = async (store: string, backup: string, now = 0) => {
  await letGo();
  return restoreStore(store, backup, { now });
};
const restoreCopy = (now?: number) => restore(file, copy, now);

/** A store with an instance that has ended, one that waits, and mail for one that was never started. */
let sample: TemporaryFolder;
beforeAll(async () => {
  sample = temporaryFolder();
  await runTours(sample.file("store.db"), ["ended", "open"], ["ended", "early"]);
});
afterAll(() => sample.remove());

beforeEach(() => {
  folder = temporaryFolder();
  [file, copy] = [folder.file("store.db"), folder.file("copy.db")];
  copyFileSync(sample.file("store.db"), file);
});
afterEach(() => folder.remove());

describe("verify", () => {
  test("finds nothing in a whole store, counts what is in it, and leaves nothing beside it", async () => {
    const report = await verifyStore(file);
    expect(report).toMatchObject({
      instances: { completed: 1, waiting: 1 },
      mail: 2,
      openVersions: [{ saga: "tour", version: 1, instances: 1 }],
      findings: [],
      damages: 0,
    });
    expect(report.entries).toBeGreaterThan(4);
    expect(readFileSync(file)).toEqual(readFileSync(sample.file("store.db")));
  });

  test.each([
    ["DELETE FROM backstep_journal WHERE instance = 1 AND n = 2", "tour/ended: Its journal lacks entry 2."],
    [
      "DELETE FROM backstep_journal WHERE (instance, n) = (SELECT key, n FROM backstep_instances LIMIT 1)",
      "tour/ended: Its head knows entry",
    ],
    [
      'UPDATE backstep_journal SET entry = replace(entry, \'"step":"two"\', \'"step":"six"\') WHERE n = 1',
      'tour/ended: The journal of "tour/ended" ',
    ],
    [
      "UPDATE backstep_journal SET entry = substr(entry, 9) WHERE instance = 2 AND n = 1",
      "tour/open: Its head or an entry cannot be read",
    ],
    [
      "UPDATE backstep_instances SET origin = '{' WHERE key = 2",
      "tour/open: Its head or an entry cannot be read",
    ],
    ["UPDATE backstep_instances SET status = 'parked' WHERE key = 2", "tour/open: Its head says parked,"],
    [
      "UPDATE backstep_instances SET status = 'running', watch_at = NULL WHERE key = 2",
      "tour/open: Its head says",
    ],
    ["UPDATE backstep_instances SET watch_at = NULL WHERE key = 2", "tour/open: It waits for a time,"],
    ["UPDATE backstep_instances SET updated_at = 1 WHERE key = 1", "tour/ended: Its head has not the time"],
    ["UPDATE backstep_instances SET settled = 99 WHERE key = 1", "tour/ended: Its head says that effects of"],
    ["DELETE FROM backstep_instances WHERE key = 1", "There are journal entries of instance number 1,"],
    ["INSERT INTO backstep_awake VALUES (77)", "Instance number 77 is noted as awake"],
    ["UPDATE sqlite_sequence SET seq = 1", "Instance number 2 would be given a second time."],
    [
      "UPDATE backstep_mail SET event_id = 'other' WHERE id = 'ended'",
      'The domain event "tour/ended: other"',
    ],
    ["UPDATE backstep_mail SET received_at = 5 WHERE id = 'ended'", 'The domain event "tour/ended: '],
    [
      "INSERT INTO backstep_published VALUES ('tour/x/1/0', 'tour', 'x', 'e', '{}', 1, NULL, NULL)",
      'The published event "tour/x/1/0"',
    ],
    ["INSERT INTO backstep_wakes (lane, body) VALUES ('main', '{}')", "Event 1 of another process cannot be"],
    [
      "INSERT INTO backstep_dead_letters VALUES (1, 1, 'main', 'tour', 'open', 1, 'error', '{')",
      "Dead letter 1 cannot be read.",
    ],
    ["DROP INDEX backstep_instances_watched", '"backstep_instances_watched" is not there.'],
    ["DROP TABLE backstep_awake", '"backstep_awake" is not there.'],
    ["ALTER TABLE backstep_wakes ADD COLUMN more", '"backstep_wakes" is not as it was made.'],
    ["ALTER TABLE backstep_lanes ADD COLUMN more", '"backstep_lanes" is not as it was made.'],
  ])("tells of damage (%s)", async (sql, problem) => {
    damage(file, sql);
    const found = await problemsOf(file);
    expect(found.find((one) => one.startsWith(problem)) ?? found).toEqual(expect.stringContaining(problem));
  });

  test("finds nothing in a store of older code, which lacks what came later", async () => {
    const later = ["TABLE backstep_done", "TABLE backstep_lanes", "INDEX backstep_instances_unwatched"];
    damage(file, later.map((name) => `DROP ${name};`).join(" "));
    expect(await problemsOf(file)).toEqual([]);
  });

  /** How many; `Infinity` where it is refused as a whole. */
  const damagesOf = async (store: string): Promise<number> => {
    try {
      return (await verifyStore(store)).damages;
    } catch (error) {
      expect(error).toMatchObject({ code: "STORE_UNREADABLE" });
      return Number.POSITIVE_INFINITY;
    }
  };

  test("tells of a page that was overwritten, whichever it is, or refuses the file", async () => {
    const whole = readFileSync(file);
    const pageBytes = whole.readUInt16BE(16);
    for (let at = pageBytes; at < whole.length; at += pageBytes) {
      const torn = Buffer.from(whole);
      for (let byte = at; byte < at + pageBytes; byte += 1) torn[byte] = (torn[byte] ?? 0) ^ 0x5a;
      writeFileSync(file, torn);
      expect(await damagesOf(file), `page ${at / pageBytes + 1}`).toBeGreaterThan(0);
    }
  });

  test("tells of a file that ends too early, or refuses it", async () => {
    const { length } = readFileSync(file);
    for (const bytes of [length - 4_096, length >> 1, 100]) {
      truncateSync(file, bytes);
      expect(await damagesOf(file)).toBeGreaterThan(0);
    }
  });

  test("refuses what is no store", async () => {
    writeFileSync(file, "a letter");
    await expect(verifyStore(file)).rejects.toMatchObject({ code: "STORE_UNREADABLE" });
    await expect(verifyStore(folder.file("none"))).rejects.toMatchObject({ code: "STORE_UNREADABLE" });
  });
});

describe("a backup", () => {
  test("is one whole file without an engine, and the store is as it was", async () => {
    const counts = await backupStore(file, copy);
    expect(counts.instances).toEqual({ completed: 1, waiting: 1 });
    const { damages, instances, mail } = await verifyStore(copy);
    expect({ damages, instances, mail }).toEqual({ damages: 0, instances: counts.instances, mail: 2 });
    expect(namesIn().filter((name) => name.includes("copy"))).toEqual(["copy.db"]);
    const database = openLocalDatabase(copy);
    expect(database.all("SELECT * FROM backstep_engine")).toEqual([]);
    database.close();
  });

  test("holds tables of the user too", async () => {
    damage(file, "CREATE TABLE shop_stock (sku TEXT); INSERT INTO shop_stock VALUES ('tea')");
    await backupStore(file, copy);
    const database = openLocalDatabase(copy);
    expect(database.all("SELECT sku FROM shop_stock")).toEqual([{ sku: "tea" }]);
    database.close();
  });

  test("overwrites a file only by force, and never a store in use or itself", async () => {
    writeFileSync(copy, "precious");
    await expect(backupStore(file, copy)).rejects.toMatchObject({ code: "USAGE" });
    expect(readFileSync(copy, "utf8")).toBe("precious");
    await backupStore(file, copy, { force: true });
    expect((await verifyStore(copy)).damages).toBe(0);
    await expect(backupStore(file, file, { force: true })).rejects.toMatchObject({ code: "USAGE" });
    const client = openLocalClient({ file: copy, sagas: [tour] });
    await client.signal("ticket.shown", { tour: "open" });
    await expect(backupStore(file, copy, { force: true })).rejects.toMatchObject({ code: "USAGE" });
    await client.close();
  });

  test("is not put beside the log that another file has left, which would become a part of it", async () => {
    copyFileSync(file, copy);
    const client = openLocalClient({ file: copy, sagas: [tour] });
    await client.signal("ticket.shown", { tour: "open" });
    const log = readFileSync(`${copy}-wal`);
    await client.close();
    dropDraft(copy);
    writeFileSync(`${copy}-wal`, log);
    const problem = `"${copy}-wal" was left there by another file.`;
    await expect(backupStore(file, copy)).rejects.toMatchObject({ code: "USAGE", problem });
    expect(existsSync(copy)).toBe(false);
  });

  test("that fails leaves nothing", async () => {
    writeFileSync(folder.file("no-folder"), "");
    const before = namesIn();
    await expect(backupStore(file, folder.file("no-folder/copy.db"))).rejects.toThrow();
    await expect(backupStore(folder.file("none"), copy)).rejects.toMatchObject({ code: "STORE_UNREADABLE" });
    expect(namesIn()).toEqual(before);
  });

  test("that is killed leaves no file that looks like one", async () => {
    damage(file, "CREATE TABLE shop_blob (b); INSERT INTO shop_blob VALUES (randomblob(150000000))");
    const child = startChild(bundleChild(folder.file), "backup", file, copy);
    await child.said("copying");
    while (!namesIn().some((name) => name.endsWith(".part"))) await sleep(1);
    await child.kill();
    expect(existsSync(copy)).toBe(false);
    expect((await verifyStore(file)).damages).toBe(0);
    await backupStore(file, copy);
    expect((await verifyStore(copy)).damages).toBe(0);
  });

  test("made under load is of one moment, and goes on from there when it is restored", async () => {
    const notes = new Map<string, number>();
    const counting = {
      note: async (key: string) => {
        notes.set(key, (notes.get(key) ?? 0) + 1);
        await sleep(1);
      },
    };
    const engine = createLocalEngine({ file, sagas: [tour], services: counting });
    await engine.start();
    const ids = Array.from({ length: 300 }, (_, at) => `t-${at}`);
    const half = ids.slice(0, 150);
    await Promise.all(half.map((id) => engine.client.start("tour", { id })));
    await Promise.all(half.slice(0, 50).map((id) => engine.client.signal("ticket.shown", { tour: id })));
    const load = Promise.all(ids.slice(150).map((id) => engine.client.start("tour", { id })));
    await backupStore(file, copy);
    await load;
    expect((await verifyStore(file)).findings).toEqual([]);
    expect((await verifyStore(copy)).findings).toEqual([]);
    await engine.stop();

    const { before, report } = await restoreCopy();
    expect(report.damages).toBe(0);
    expect((await verifyStore(before ?? "")).findings).toEqual([]);
    const next = createLocalEngine({ file, sagas: [tour], services: counting });
    await next.start();
    for (const id of ids) await next.client.start("tour", { id });
    for (const id of ids) await next.client.signal("ticket.shown", { tour: id });
    await next.idle();
    await next.stop();
    const { instances, findings } = await verifyStore(file);
    expect({ instances, findings }).toEqual({ instances: { completed: 301, waiting: 1 }, findings: [] });
    // Every step was called for every tour, again only under the key it had.
    expect(new Set([...notes.keys()].filter((key) => key.includes("t-")))).toHaveLength(4 * ids.length);
  });
});

describe("a running store", () => {
  /** A clock a month ahead, on which a minute takes less than a second. */
  class LaterClock extends SystemClock {
    override now(): number {
      return super.now() + 31 * 86_400_000;
    }
    override after(ms: number, act: () => void): () => void {
      return super.after(ms / 100, act);
    }
  }

  test("removes what ended before the retention, and nothing else", async () => {
    const clock = new LaterClock();
    damage(file, "UPDATE backstep_instances SET watch_at = 9e15 WHERE key = 2"); // "open" goes on waiting
    const engine = createLocalEngine({ file, sagas: [tour], services, clock });
    await engine.start();
    while ((await engine.client.list({ limit: 10 })).heads.length > 1) await sleep(5);
    await engine.client.start("tour", { id: "next" });
    await engine.idle();
    expect((await engine.client.list({ limit: 10 })).heads.map(({ origin }) => origin.id)).toEqual([
      "next",
      "open",
    ]);
    await engine.stop();
    expect((await verifyStore(file)).findings).toEqual([]);
  });

  test("cuts its log off after a long read has let it grow", () => {
    const [reader, writer] = [openLocalDatabase(file), openLocalDatabase(file)];
    const logBytes = () => statSync(`${file}-wal`).size;
    writer.exec("CREATE TABLE shop_blob (b)");
    reader.exec("BEGIN; SELECT * FROM shop_blob");
    for (let at = 0; at < 5; at += 1) writer.exec("INSERT INTO shop_blob VALUES (randomblob(16000000))");
    expect(logBytes()).toBeGreaterThan(80_000_000);
    reader.exec("COMMIT");
    for (let at = 0; at < 3; at += 1) writer.exec("INSERT INTO shop_blob VALUES (1)");
    expect(logBytes()).toBeLessThan(34_000_000);
    for (const database of [reader, writer]) database.close();
  });
});

describe("restore", () => {
  beforeEach(async () => {
    await backupStore(file, copy);
    await runTours(file, ["later"], ["open"]);
  });

  test("puts the backup into the place of the store and keeps that beside it, both whole", async () => {
    const { before, report } = await restoreCopy(Date.UTC(2031, 0, 2));
    expect(before).toBe(`${file}.before-2031-01-02T00-00-00.000Z`);
    expect(report.instances).toEqual({ completed: 1, waiting: 1 });
    expect((await verifyStore(file)).instances).toEqual({ completed: 1, waiting: 1 });
    const present = await verifyStore(before ?? "");
    expect(present).toMatchObject({ instances: { completed: 2, waiting: 1 }, damages: 0 });
    expect(namesIn()).toEqual([
      basename(copy),
      basename(file),
      basename(before ?? ""),
      `${basename(file)}.lock`,
    ]);
  });

  test("works where there is no store", async () => {
    const other = folder.file("new/store.db");
    expect((await restore(other, copy)).before).toBeUndefined();
    expect((await verifyStore(other)).damages).toBe(0);
  });

  test.each(["-wal", "-journal"])("moves a log away of which the file is gone: %s", async (suffix) => {
    const alone = folder.file("alone.db");
    writeFileSync(alone + suffix, "a log");
    await restore(alone, copy, 0);
    expect((await verifyStore(alone)).damages).toBe(0);
    expect(existsSync(alone + suffix)).toBe(false);
    expect(readFileSync(`${alone}.before-1970-01-01T00-00-00.000Z${suffix}`, "utf8")).toBe("a log");
  });

  test.each([
    ["torn", () => truncateSync(file, 5_000)],
    ["no database", () => writeFileSync(file, "x".repeat(10_000))],
    ["empty", () => writeFileSync(file, "")],
  ])("works where the store is %s", async (_what, tear) => {
    tear();
    const { before } = await restoreCopy();
    expect(existsSync(before ?? "")).toBe(true);
    expect((await verifyStore(file)).damages).toBe(0);
    await runTours(file, ["next"], ["next"]);
  });

  test("refuses a backup that is damaged, and leaves the store", async () => {
    damage(copy, "DELETE FROM backstep_journal WHERE instance = 1 AND n = 1");
    const bytes = readFileSync(file);
    await expect(restoreCopy()).rejects.toMatchObject({ code: "STORE_UNREADABLE" });
    expect(readFileSync(file)).toEqual(bytes);
  });

  test("refuses while an engine works the store, or anybody has it open", async () => {
    const engine = createLocalEngine({ file, sagas: [tour], services });
    await engine.start();
    await expect(restoreCopy()).rejects.toMatchObject({ code: "STORE_LOCKED" });
    await engine.stop();
    const client = openLocalClient({ file, sagas: [tour] });
    await client.get({ saga: "tour", id: "open" });
    await expect(restoreCopy()).rejects.toMatchObject({ code: "STORE_LOCKED" });
    await client.close();
    await restoreCopy();
  });

  test("refuses a store in use as its backup, and the store itself", async () => {
    const client = openLocalClient({ file: copy, sagas: [tour] });
    await client.signal("ticket.shown", { tour: "open" });
    await expect(restoreCopy()).rejects.toMatchObject({ code: "STORE_UNREADABLE" });
    await client.close();
    await expect(restore(file, file)).rejects.toMatchObject({ code: "USAGE" });
  });
});
