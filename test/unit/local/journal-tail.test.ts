import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { JournalTail, type JournalTailOptions } from "../../../src/local/journal-tail.js";
import type { InstanceRef } from "../../../src/ports/saga-store.js";
import { epoch, sampleEntry, sampleHead, sampleProjection } from "../../contract/samples.js";
import { type StoreFixture, storeFixture } from "./store-fixture.js";

let fixture: StoreFixture;
let tails: JournalTail[];

beforeEach(() => {
  fixture = storeFixture();
  tails = [];
});
afterEach(async () => {
  for (const tail of tails) tail.close();
  await fixture.close();
});

function follow(options: Omit<JournalTailOptions, "clock"> = {}): JournalTail {
  const tail = new JournalTail(fixture.file, { clock: fixture.clock, ...options });
  tails.push(tail);
  return tail;
}

/** What is new: `<id> <first>-<last>`. */
function told(tail: JournalTail): string[] {
  const grown = tail.read().map(({ origin, entries, from }) => {
    return `${origin.id} ${from}-${entries.at(-1)?.n ?? 0}`;
  });
  return grown.sort();
}

async function start(id: string, startedAt = epoch): Promise<InstanceRef> {
  const ref = { saga: "order", id };
  await fixture.store.create(sampleHead(ref, { startedAt }));
  return ref;
}

function append(ref: InstanceRef, n: number, nonce = "x"): Promise<unknown> {
  return fixture.store.append(ref, sampleEntry(n, nonce));
}

describe("JournalTail", () => {
  it("tells a start and what follows, each once", async () => {
    const tail = follow();
    const ref = await start("o-1");
    expect(told(tail)).toEqual(["o-1 0-0"]);
    await append(ref, 1);
    await append(ref, 2);
    expect(told(tail)).toEqual(["o-1 1-2"]);
    expect(told(tail)).toEqual([]);
  });

  it("sees an instance go on that is at rest by its head", async () => {
    const ref = await start("o-1", epoch - 1_000);
    await fixture.store.updateHead(ref, 1, sampleProjection({ n: 0, status: "waiting" }));
    const tail = follow();
    await append(ref, 1);
    expect(told(tail)).toEqual(["o-1 1-1"]);
  });

  it("tells nothing of an instance whose neighbours in the file go on", async () => {
    const quiet = await start("quiet", epoch - 1_000);
    await fixture.store.append(quiet, sampleEntry(1, "x", { at: epoch - 900 }));
    const ref = await start("o-1", epoch - 1_000);
    const tail = follow();
    await append(ref, 1);
    expect(told(tail)).toEqual(["o-1 1-1"]);
  });

  it("finds entries that are larger than a page, and numbers of every length", async () => {
    fixture.other.exec("UPDATE sqlite_sequence SET seq = 5000000000 WHERE name = 'backstep_instances'");
    const tail = follow();
    const ref = await start("o-1");
    expect(told(tail)).toEqual(["o-1 0-0"]);
    for (let n = 1; n <= 300; n += 1) await append(ref, n, n % 50 === 0 ? "y".repeat(20_000) : "x");
    expect(told(tail)).toEqual(["o-1 1-300"]);
  });

  it("takes rows of the user's tables for nothing", async () => {
    const ref = await start("o-1", epoch - 1_000);
    await append(ref, 1);
    const tail = follow();
    fixture.other.exec(`
      CREATE TABLE notes (a INTEGER, b INTEGER, text TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID;
      INSERT INTO notes VALUES (1, 9, 'nine'), (77, 1, 'no instance')`);
    expect(told(tail)).toEqual(["o-1 1-1"]); // a second look costs nothing but the look
    expect(told(tail)).toEqual([]);
  });

  it("goes on where the write-ahead log starts over", async () => {
    const ref = await start("o-1");
    const tail = follow();
    for (let n = 1; n <= 20; n += 1) {
      await append(ref, n);
      if (n % 3 === 0) fixture.other.exec("PRAGMA wal_checkpoint(RESTART)");
      if (n % 5 === 0) expect(told(tail).join()).toMatch(new RegExp(`^o-1 \\d+-${n}$`));
    }
  });

  it("looks at the file where the log was cut off before it was read", async () => {
    const ref = await start("o-1", epoch - 1_000);
    const tail = follow();
    await append(ref, 1);
    fixture.other.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    expect(told(tail)).toEqual(["o-1 1-1"]);
  });

  it("looks at the file where the log was filled and cut off again between two looks", async () => {
    const ref = await start("o-1");
    const tail = follow();
    fixture.other.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    told(tail);
    for (const n of [1, 2, 3]) await append(ref, n);
    fixture.other.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    expect(told(tail)).toEqual(["o-1 1-3"]);
  });

  it("begins earlier where it is told to", async () => {
    const old = await start("old", epoch - 5_000);
    await fixture.store.append(old, sampleEntry(1, "x", { at: epoch - 4_000 }));
    await fixture.store.append(old, sampleEntry(2, "x", { at: epoch - 2_000 }));
    await start("young", epoch - 1_000);
    expect(told(follow({ since: epoch - 3_000 }))).toEqual(["old 2-2", "young 0-0"]);
  });

  it("follows named instances alone, also one that was not started yet", async () => {
    const tail = follow({ refs: [{ saga: "order", id: "o-2" }] });
    const other = await start("o-1");
    expect(told(tail)).toEqual([]);
    const ref = await start("o-2");
    await append(ref, 1);
    await append(other, 1);
    expect(told(tail)).toEqual(["o-2 0-1"]);
  });
});

describe("JournalTail, with any writers", { timeout: 20_000 }, () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant("append"), id: fc.nat(5) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("rest"), id: fc.nat(5) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("read", "RESTART", "TRUNCATE") }) },
  );

  it("tells every entry once and in order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
        const own = storeFixture();
        const tail = new JournalTail(own.file, { clock: own.clock });
        const written = new Map<string, number>();
        const seen = new Map<string, number[]>();
        const look = () => {
          for (const { origin, entries, from } of tail.read()) {
            const numbers = [
              ...(from === 0 ? [0] : []),
              ...entries.map(({ n }) => n).filter((n) => n >= from),
            ];
            seen.set(origin.id, [...(seen.get(origin.id) ?? []), ...numbers]);
          }
        };
        for (const one of steps) {
          if (one.kind === "read") look();
          else if (!("id" in one)) own.other.exec(`PRAGMA wal_checkpoint(${one.kind})`);
          else {
            const ref = { saga: "order", id: String(one.id) };
            const last = written.get(ref.id);
            if (last === undefined) await own.store.create(sampleHead(ref));
            else if (one.kind === "append") await own.store.append(ref, sampleEntry(last + 1, "x"));
            else await own.store.updateHead(ref, 1, sampleProjection({ n: last }));
            if (last === undefined) written.set(ref.id, 0);
            else if (one.kind === "append") written.set(ref.id, last + 1);
          }
        }
        look();
        tail.close();
        await own.close();
        const expected = [...written].map(([id, last]) => [
          id,
          Array.from({ length: last + 1 }, (_, n) => n),
        ]);
        expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(expected));
      }),
      { numRuns: 50 },
    );
  });
});
