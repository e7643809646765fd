import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname } from "node:path";
import Database from "libsql";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isSagaError, type SagaError } from "../../../src/errors/saga-error.js";
import { type LocalDatabase, openLocalDatabase, openRawDatabase } from "../../../src/local/local-database.js";
import { type TemporaryFolder, temporaryFolder } from "../../contract/temporary-folder.js";

let folder: TemporaryFolder;
let file: string;
let opened: LocalDatabase[];
beforeEach(() => {
  folder = temporaryFolder();
  file = folder.file("store.db");
  opened = [];
});
afterEach(() => {
  for (const database of opened) database.close();
  folder.remove();
});

const open = (path = file): LocalDatabase => {
  const database = openLocalDatabase(path);
  opened.push(database);
  return database;
};
const filesBeside = (path = file): string[] => readdirSync(dirname(path)).sort();

/**
 * A store with rows on many pages, closed for good: no statement that libsql would keep the connection open
 * for.
 */
const makeFullStore = (): void => {
  const database = openLocalDatabase(file);
  database.exec(`
    CREATE TABLE shop_items (n INTEGER PRIMARY KEY, text TEXT);
    WITH RECURSIVE count(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count WHERE n < 500)
    INSERT INTO shop_items SELECT n, '${"x".repeat(200)}' FROM count`);
  database.close();
};

const refusal = (act: () => unknown): SagaError => {
  try {
    act();
  } catch (error) {
    if (isSagaError(error)) return error;
    throw error;
  }
  throw new Error("It was not refused.");
};

/** Opening is refused with STORE_UNREADABLE and leaves the file, and what is beside it, as it was. */
const expectUnreadable = (how: RegExp, path = file): void => {
  const before = { bytes: readFileSync(path), files: filesBeside(path) };
  const error = refusal(() => openRawDatabase(path, { thorough: true }).close());
  expect(error).toMatchObject({ code: "STORE_UNREADABLE", details: { file: path } });
  expect(error.message).toMatch(how);
  expect(readFileSync(path).equals(before.bytes)).toBe(true);
  expect(filesBeside(path)).toEqual(before.files);
};

describe("opening", () => {
  test("makes the file and its folders, and nothing else that stays", () => {
    const deep = folder.file("a/b/store.db");
    open(deep).close();
    expect(filesBeside(deep).filter((name) => !/^store\.db(-wal|-shm)?$/.test(name))).toEqual([]);
  });

  test("finds again what was written", () => {
    open().exec("CREATE TABLE shop_a (n INTEGER); INSERT INTO shop_a VALUES (7)");
    opened.pop()?.close();
    expect(open().get("SELECT n FROM shop_a")).toEqual({ n: 7 });
  });

  test("takes any name for a file", () => {
    const odd = folder.file("a b?c#d%20.db");
    open(odd);
    open(odd);
    expect(existsSync(odd)).toBe(true);
  });

  test("can be done many times at once", () => {
    const [one, other] = [open(), open()];
    one.exec("CREATE TABLE shop_a (n INTEGER)");
    other.run("INSERT INTO shop_a VALUES (?)", 1);
    expect(one.all("SELECT n FROM shop_a")).toEqual([{ n: 1 }]);
  });

  test("refuses to make a file where it was told not to", () => {
    const error = refusal(() => openLocalDatabase(file, { create: false }));
    expect(error).toMatchObject({ code: "STORE_UNREADABLE" });
    expect(existsSync(file)).toBe(false);
  });
});

describe("a file that is no store", () => {
  test("is refused: text", () => {
    writeFileSync(file, "Dear diary, today\n".repeat(500));
    expectUnreadable(/is no database/);
  });

  test("is refused: a few bytes", () => {
    writeFileSync(file, "SQLite format 3\0");
    expectUnreadable(/is no database/);
  });

  test("is refused: nothing at all", () => {
    writeFileSync(file, "");
    expectUnreadable(/is empty/);
  });

  test.each(["DELETE", "WAL"])(
    "is refused: the database of another application (journal mode %s)",
    (mode) => {
      const other = new Database(file);
      other.exec(`PRAGMA journal_mode = ${mode}; CREATE TABLE bookmarks (url TEXT)`);
      other.close();
      expectUnreadable(/is a database of another application/);
    },
  );

  test("is refused: a folder", () => {
    mkdirSync(file);
    expect(refusal(() => open()).message).toMatch(/is no regular file/);
  });

  test("is refused: a place that cannot be", () => {
    writeFileSync(file, "a file, no folder");
    const error = refusal(() => open(`${file}/store.db`));
    expect(error).toMatchObject({ code: "STORE_UNREADABLE" });
  });

  test("is refused: a store without the right to write it", ({ skip }) => {
    // File modes do not bind the superuser.
    skip(process.getuid?.() === 0, "the superuser may write everything");
    makeFullStore();
    chmodSync(file, 0o400);
    expect(refusal(() => open()).message).toMatch(/may not be read and written/);
  });
});

describe("a store of older code", () => {
  const names = ["backstep_lanes", "backstep_lane_limits", "backstep_done"];
  const isThere = "SELECT name FROM sqlite_master WHERE name = ?";
  const missing = (database: LocalDatabase) =>
    [...names, "backstep_instances_unwatched"].filter((name) => database.get(isThere, name) === undefined);

  test("is opened, and gets what it was made without", () => {
    const old = openLocalDatabase(file);
    for (const name of names) old.exec(`DROP TABLE ${name}`);
    old.exec("DROP INDEX backstep_instances_unwatched");
    expect(missing(old)).toHaveLength(4);
    old.close();
    expect(missing(open())).toEqual([]);
  });

  test("keeps what later code wrote", () => {
    open().exec("INSERT INTO backstep_done VALUES ('q-1', 'dropped', '{}', NULL, 7)");
    expect(open().all("SELECT message, at FROM backstep_done")).toEqual([{ message: "q-1", at: 7 }]);
  });
});

describe("a store that is not whole", () => {
  test.each([0.5, 0.9])("is refused when its end is missing (%d of it is left)", (part) => {
    makeFullStore();
    truncateSync(file, Math.floor(statSync(file).size * part));
    expectUnreadable(/is torn/);
  });

  test("is refused when a page in the middle is overwritten, if all are looked at", () => {
    makeFullStore();
    const bytes = readFileSync(file);
    const table = bytes.indexOf("x".repeat(100));
    bytes.fill(0xaa, table - (table % 4096), table - (table % 4096) + 4096);
    writeFileSync(file, bytes);
    expectUnreadable(/is torn/);
  });

  test("gives the same error where the damage is met later", () => {
    makeFullStore();
    const bytes = readFileSync(file);
    const table = bytes.indexOf("x".repeat(100));
    bytes.fill(0xaa, table - (table % 4096), table - (table % 4096) + 4096);
    writeFileSync(file, bytes);
    const database = open();
    const error = refusal(() => database.all("SELECT sum(length(text)) FROM shop_items"));
    expect(error).toMatchObject({ code: "STORE_UNREADABLE", details: { file } });
  });

  test("is refused when only its log is left", () => {
    const database = open();
    database.exec("CREATE TABLE shop_a (n INTEGER)");
    renameSync(file, folder.file("elsewhere.db"));
    const error = refusal(() => open());
    expect(error.message).toMatch(/is not there, but its write-ahead log is/);
    expect(existsSync(file)).toBe(false);
  });

  test("is refused when another version wrote it", () => {
    makeFullStore();
    const other = new Database(file);
    other.exec("PRAGMA user_version = 99; PRAGMA wal_checkpoint(TRUNCATE)");
    other.close();
    const error = refusal(() => open());
    expect(error.message).toMatch(/has format 99, not \d+/);
    expect(error.fix).toMatch(/version of Backstep/);
  });
});

describe("statements", () => {
  test("give objects, and undefined for no row", () => {
    const database = open();
    database.exec("CREATE TABLE shop_a (n INTEGER, t TEXT, b BLOB, r REAL)");
    const insert = database.prepare("INSERT INTO shop_a VALUES (?, ?, ?, ?)");
    expect(insert.run(1, "one", new Uint8Array([1, 2]), 1.5)).toEqual({ changes: 1, lastInsertRowid: 1 });
    insert.run(2n ** 40n, null, null, null);
    expect(database.get("SELECT n, t, r FROM shop_a WHERE n = ?", 1)).toEqual({ n: 1, t: "one", r: 1.5 });
    expect(database.all("SELECT n, t FROM shop_a ORDER BY n")).toEqual([
      { n: 1, t: "one" },
      { n: 2 ** 40, t: null },
    ]);
    expect(database.get("SELECT n FROM shop_a WHERE n = ?", 3)).toBeUndefined();
  });

  test.each<[string, unknown]>([
    ["boolean", true],
    ["undefined", undefined],
    ["NaN", Number.NaN],
    ["a Date", new Date(0)],
    ["a Object", { a: 1 }],
    ["a text with a NUL character", "a\0b"],
  ])("refuse what SQLite cannot keep (%s)", (found, value) => {
    const error = refusal(() => open().get("SELECT ?", value as string));
    expect(error).toMatchObject({ code: "USAGE" });
    expect(error.message).toContain(`Parameter 1 of a statement is ${found}`);
  });

  test("throw after the database is closed", () => {
    const database = openLocalDatabase(file);
    const select = database.prepare("SELECT 1");
    database.close();
    expect(() => select.get()).toThrow(basename(file));
  });
});

describe("transactions", () => {
  let database: LocalDatabase;
  beforeEach(() => {
    database = open();
    database.exec("CREATE TABLE shop_a (n INTEGER PRIMARY KEY)");
  });
  const add = (n: number) => database.run("INSERT INTO shop_a VALUES (?)", n);
  const numbers = () =>
    open()
      .all("SELECT n FROM shop_a ORDER BY n")
      .map((row) => (row as { n: number }).n);

  test("take place as a whole and give back what their work gives", () => {
    expect(database.transaction(() => [add(1), add(2)].length)).toBe(2);
    expect(numbers()).toEqual([1, 2]);
  });

  test("take place not at all when their work throws", () => {
    const work = () => {
      add(1);
      throw new Error("no");
    };
    expect(() => database.transaction(work)).toThrow("no");
    expect(numbers()).toEqual([]);
  });

  test("within another can fail on their own", () => {
    database.transaction(() => {
      add(1);
      expect(() => database.transaction(() => [add(2), add(2)])).toThrow(/UNIQUE/);
      database.transaction(() => add(3));
    });
    expect(numbers()).toEqual([1, 3]);
  });

  test("refuse asynchronous work, and keep nothing of it", () => {
    const error = refusal(() => database.transaction(async () => add(1)));
    expect(error).toMatchObject({ code: "USAGE" });
    expect(numbers()).toEqual([]);
  });
});
