import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { GroupCommit } from "../../../src/local/group-commit.js";
import { openLocalDatabase, openRawDatabase } from "../../../src/local/local-database.js";
import type { RawDatabase } from "../../../src/local/raw-database.js";
import { type TemporaryFolder, temporaryFolder } from "../../contract/temporary-folder.js";
import { turns } from "../../contract/turns.js";

let folder: TemporaryFolder;
let database: RawDatabase;
let other: RawDatabase;
beforeEach(() => {
  folder = temporaryFolder();
  const open = () => openRawDatabase(folder.file("store.db"), { busyTimeoutMs: 1 });
  [database, other] = [open(), open()];
  database.exec("CREATE TABLE shop_a (n INTEGER PRIMARY KEY)");
});
afterEach(() => {
  database.close();
  other.close();
  folder.remove();
});

const write = (commit: GroupCommit, n: number): Promise<number> =>
  commit.add(() => {
    database.prepare("INSERT INTO shop_a VALUES (?)").run([n]);
    return n;
  });
/** What another connection sees. */
const committed = (): number[] =>
  other
    .prepare("SELECT n FROM shop_a ORDER BY n")
    .rows([])
    .map(([n]) => Number(n));
/** Counts commits from now on. */
const countCommits = (): (() => number) => {
  const exec = vi.spyOn(database, "exec");
  return () => exec.mock.calls.filter(([sql]) => sql === "COMMIT").length;
};

describe("writes", () => {
  test("of one turn of the event loop share one commit", async () => {
    const commit = new GroupCommit(database);
    const commits = countCommits();
    const answers = await Promise.all([1, 2, 3].map((n) => write(commit, n)));
    expect(answers).toEqual([1, 2, 3]);
    expect(committed()).toEqual([1, 2, 3]);
    expect(commits()).toBe(1);
  });

  test("are committed when they resolve, and not before", async () => {
    const commit = new GroupCommit(database);
    const answer = write(commit, 1);
    expect(committed()).toEqual([]);
    await answer;
    expect(committed()).toEqual([1]);
  });

  test("take place in the order in which they were made", async () => {
    const commit = new GroupCommit(database, { batchMax: 3 });
    const order: number[] = [];
    await Promise.all(Array.from({ length: 10 }, (_, n) => commit.add(() => order.push(n))));
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test("beyond the size of a batch wait for the next", async () => {
    const commit = new GroupCommit(database, { batchMax: 4 });
    const commits = countCommits();
    await Promise.all(Array.from({ length: 10 }, (_, n) => write(commit, n)));
    expect(committed()).toHaveLength(10);
    expect(commits()).toBe(3);
  });
});

describe("a write that throws", () => {
  test("fails alone; the others of its batch take place", async () => {
    const commit = new GroupCommit(database);
    const answers = await Promise.allSettled([1, 2, 2, 3].map((n) => write(commit, n)));
    expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"]);
    expect(committed()).toEqual([1, 2, 3]);
  });

  test("rejects with what it threw, and leaves nothing of itself", async () => {
    const commit = new GroupCommit(database);
    const half = commit.add(() => {
      database.prepare("INSERT INTO shop_a VALUES (9)").run([]);
      throw new Error("half done");
    });
    await expect(half).rejects.toThrow("half done");
    expect(committed()).toEqual([]);
  });

  test("does not disturb those that come while it is set apart", async () => {
    const commit = new GroupCommit(database);
    const first = Promise.allSettled([1, 1, 2].map((n) => write(commit, n)));
    await turns(1);
    const later = Promise.all([4, 5].map((n) => write(commit, n)));
    await Promise.all([first, later]);
    expect(committed()).toEqual([1, 2, 4, 5]);
  });
});

describe("many writes at once", () => {
  const crowd = (commit: GroupCommit, from: number, count = 40): Promise<number>[] =>
    Array.from({ length: count }, (_, at) => write(commit, from + at));
  /** Whether the thread gets on while a commit is under way. */
  const goesElsewhere = async (commit: GroupCommit): Promise<boolean> => {
    const answers = Promise.all(crowd(commit, 1));
    // The first cohort is on its way at once, and on a busy machine over before the next turn.
    const { isCommitting } = commit;
    await answers;
    return isCommitting;
  };

  test("are committed on another thread, and are committed when they resolve", async () => {
    const commit = new GroupCommit(database);
    expect(await goesElsewhere(commit)).toBe(true);
    expect(committed()).toHaveLength(40);
    expect(commit.isCommitting).toBe(false);
  });

  test("are committed on this thread where user code has a connection to the file", async () => {
    const services = openLocalDatabase(database.file);
    expect(await goesElsewhere(new GroupCommit(database))).toBe(false);
    services.close();
    database.exec("DELETE FROM shop_a");
    expect(await goesElsewhere(new GroupCommit(database))).toBe(true);
  });

  test("take place in their order, those made meanwhile in the next commit", async () => {
    const commit = new GroupCommit(database);
    const order: number[] = [];
    const add = (n: number) => commit.add(() => order.push(n));
    const first = Promise.all(Array.from({ length: 40 }, (_, n) => add(n)));
    await turns(1);
    const later = Promise.all(Array.from({ length: 40 }, (_, n) => add(40 + n)));
    await Promise.all([first, later]);
    expect(order).toEqual(Array.from({ length: 80 }, (_, n) => n));
  });

  test("fail alone, too", async () => {
    const commit = new GroupCommit(database);
    const answers = await Promise.allSettled([...crowd(commit, 1), write(commit, 7), ...crowd(commit, 101)]);
    expect(answers.map(({ status }) => status).indexOf("rejected")).toBe(40);
    expect(answers.filter(({ status }) => status === "rejected")).toHaveLength(1);
    expect(committed()).toHaveLength(80);
  });

  test("are waited for when it is closed", async () => {
    const commit = new GroupCommit(database);
    const answers = Promise.all(crowd(commit, 1, 100));
    await commit.close();
    expect(committed()).toHaveLength(100);
    await answers;
  });
});

describe("while another process writes", () => {
  test("writes wait for it without blocking the thread", async () => {
    const commit = new GroupCommit(database, { busyPauseMs: 1 });
    other.exec("BEGIN IMMEDIATE");
    let isDone = false;
    const answer = write(commit, 1).then(() => {
      isDone = true;
    });
    await turns(20);
    expect(isDone).toBe(false);
    other.exec("COMMIT");
    await answer;
    expect(committed()).toEqual([1]);
  });

  test("writes are given up after a limit, and later ones are not", async () => {
    const commit = new GroupCommit(database, { busyPauseMs: 1, busyLimitMs: 5 });
    other.exec("BEGIN IMMEDIATE");
    await expect(write(commit, 1)).rejects.toMatchObject({ code: "STORE_LOCKED", retryable: true });
    other.exec("COMMIT");
    await write(commit, 2);
    expect(committed()).toEqual([2]);
  });
});

describe("closing", () => {
  test("waits for the writes under way, and refuses others", async () => {
    const commit = new GroupCommit(database, { batchMax: 1 });
    const answers = Promise.all([1, 2, 3].map((n) => write(commit, n)));
    const closing = commit.close();
    await expect(write(commit, 4)).rejects.toThrow(/is closed/);
    await closing;
    await answers;
    expect(committed()).toEqual([1, 2, 3]);
  });
});
