import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { StepRefused } from "../../../src/errors/saga-error.js";
import { type LocalDatabase, openLocalDatabase } from "../../../src/local/local-database.js";
import { LocalGuardStore } from "../../../src/local/local-guard-store.js";
import { createGuard, type Guard } from "../../../src/participant/guard.js";
import { temporaryFolder } from "../../contract/temporary-folder.js";

const folder = temporaryFolder();
afterEach(() => folder.remove());

describe.each([
  { where: "in a file", file: () => folder.file("store.db") },
  { where: "in memory", file: () => ":memory:" },
])("a guard $where", ({ file }) => {
  let database: LocalDatabase;
  let guard: Guard;
  beforeEach(() => {
    database = openLocalDatabase(file());
    database.exec("CREATE TABLE cups (n INTEGER NOT NULL)");
    guard = createGuard(new LocalGuardStore(database), { participant: "shop", now: () => 0 });
  });
  afterEach(() => database.close());

  const put = (n: number) => database.run("INSERT INTO cups VALUES (?)", n).changes;
  const cups = () => database.all("SELECT n FROM cups").map((row) => (row as { n: number }).n);

  it("commits effect and record as one: of a call that fails there is neither", () => {
    const fail = (n: number) => () => {
      put(n);
      throw new Error("down");
    };
    expect(() => guard.forward("k", fail(1))).toThrow("down");
    expect(guard.forward("k", () => put(2))).toBe(1);
    expect(() => guard.undo("k", fail(3))).toThrow("down");
    expect(guard.probe("k")).toEqual({ done: 1 });
    guard.undo("k", () => put(-2));
    expect(cups()).toEqual([2, -2]);
  });

  it("takes back what was written for an answer that cannot be kept", () => {
    expect(() =>
      guard.forward("k", () => {
        put(1);
        return Symbol("no JSON");
      }),
    ).toThrow(expect.objectContaining({ code: "NOT_JSON" }));
    expect(cups()).toEqual([]);
    expect(guard.probe("k")).toBe("absent");
  });

  it("is a part of a transaction around it, and goes with it", () => {
    const work = () =>
      database.transaction(() => {
        guard.forward("k", () => put(1));
        throw new Error("changed my mind");
      });
    expect(work).toThrow("changed my mind");
    expect(cups()).toEqual([]);
    expect(guard.forward("k", () => put(2))).toBe(1);
    expect(cups()).toEqual([2]);
  });

  it("keeps the refusal, and the note of it, although the call throws", () => {
    const refuse = () => {
      throw new StepRefused("sold out");
    };
    expect(() => guard.forward("k", refuse, () => put(7))).toThrow(StepRefused);
    expect(cups()).toEqual([7]);
    expect(() => guard.forward("k", () => put(1))).toThrow(new StepRefused("sold out"));
    expect(cups()).toEqual([7]);
  });
});
