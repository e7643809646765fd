import { describe, expect, it } from "vitest";
import { summaryOf } from "../../../../src/runtime/events.js";
import { type AuditFacts, auditInstance } from "../../../../src/runtime/operate/audit-instance.js";
import { one, openShop, type Script, setups } from "../shop.js";

const [fused] = setups;

type Shop = ReturnType<typeof openShop>;

/** What an audit reads of the instance, all of it as it should be. */
async function factsOf({ world }: Shop): Promise<AuditFacts> {
  const { head, entries, mail } = await world.client.get(one);
  const published = new Set(entries.flatMap(({ publish = [] }) => publish.map(({ id }) => id)));
  const { plan } = world.registry.of(head.origin);
  const now = world.clock.now();
  return { head, entries, mail, plan, indexed: summaryOf(head), published, publishedSince: 0, now };
}

async function waiting(script: Script = {}): Promise<AuditFacts> {
  const shop = openShop(fused, script);
  await shop.start();
  return factsOf(shop);
}

async function ended(script: Script = {}): Promise<AuditFacts> {
  const shop = openShop(fused, script);
  await shop.start();
  await shop.pay();
  return factsOf(shop);
}

const found = (facts: AuditFacts) => auditInstance(facts).map(({ kind, heal }) => `${kind} ${heal.how}`);

/** A head that was written by hand, together with its row in the index. */
function withHead(facts: AuditFacts, change: Partial<AuditFacts["head"]>): AuditFacts {
  const head = { ...facts.head, ...change };
  return { ...facts, head, indexed: summaryOf(head) };
}

function withoutWatch(facts: AuditFacts, change: Partial<AuditFacts["head"]> = {}): AuditFacts {
  const { watchAt: _, ...head } = facts.head;
  return withHead({ ...facts, head }, change);
}

describe("an audit of an instance", () => {
  it.each(setups)("finds nothing wrong at any time between two events ($name)", async ({ lanes, fuse }) => {
    const shop = openShop({ lanes, fuse }, { order: ["boom", "ok"], capture: ["boom", "ok"] });
    await shop.world.start("shop", { id: "o-1" });
    for (let at = 0; at < 40; at += 1) {
      expect(auditInstance(await factsOf(shop))).toEqual([]);
      if (at === 20) await shop.world.signal("paid", { id: "o-1", payment: "p-1" }, { eventId: "p-1" });
      await shop.world.advance({ milliseconds: 500 });
    }
    expect(await shop.status()).toBe("completed");
  });

  it.each<[string, Script]>([
    ["parked", { capture: ["boom"], find: ["unknown"] }],
    ["compensated", { order: ["no"] }],
  ])("finds nothing wrong with one that is %s", async (status, script) => {
    const shop = openShop(fused, script);
    await shop.start();
    await shop.pay();
    await shop.world.advance({ minutes: 20 });
    expect(await shop.status()).toBe(status);
    expect(auditInstance(await factsOf(shop))).toEqual([]);
  });

  it("names a missing entry, and nothing else: a journal with a hole is not folded", async () => {
    const facts = await waiting();
    const holed = { ...facts, entries: facts.entries.slice(1) };
    expect(auditInstance(holed)).toEqual([
      { kind: "entryMissing", problem: "Entry 1 of its journal is missing.", heal: { how: "backup" } },
    ]);
    expect(found({ ...facts, entries: facts.entries.slice(0, -1) })).toEqual(["headAhead backup"]);
  });

  it("names a journal that contradicts itself", async () => {
    const facts = await waiting();
    const [first, ...rest] = facts.entries;
    if (first === undefined) throw new Error("there is no entry");
    const changes = [{ kind: "undone", step: "ship", as: "waived" } as const];
    expect(found({ ...facts, entries: [{ ...first, changes }, ...rest] })).toEqual(["unreadable backup"]);
  });

  it("names a head that is behind its journal only where nobody looks", async () => {
    const facts = await waiting();
    const early = { n: 1, settled: 1, status: "running", step: "order" } as const;
    expect(found(withHead(facts, early))).toEqual([]);
    expect(found(withoutWatch(facts, early))).toEqual(["headBehind rewrite"]);
  });

  it.each<[string, Partial<AuditFacts["head"]>]>([
    ["another status", { status: "parked" }],
    ["another step", { step: "reserve" }],
    ["effects that are not written yet", { settled: 99 }],
  ])("names a head with %s than its journal", async (_, change) => {
    expect(found(withHead(await waiting(), change))).toEqual(["headDiffers rewrite"]);
  });

  it("leaves an import that was broken off to whoever imports it again", async () => {
    const begun = { status: "running", n: 0, settled: 0, rev: 1 } as const;
    expect(found(withoutWatch(await waiting(), begun))).toEqual(["headBehind backup"]);
  });

  it("names effects that are owed, and a wait that nobody watches", async () => {
    const facts = await waiting();
    expect(found(withoutWatch(facts, { settled: 0 }))).toEqual(["effectsOwed wake"]);
    expect(found(withoutWatch(facts))).toEqual(["unwatched wake"]);
    expect(found({ ...withoutWatch(facts, { status: "waiting" }), plan: undefined })).toEqual([]);
  });

  it("names a domain event that was never published, and from where on to send again", async () => {
    const facts = await ended();
    const n = facts.entries.find(({ publish }) => publish !== undefined)?.n ?? 0;
    const gaps = auditInstance({ ...facts, published: new Set() });
    expect(gaps).toMatchObject([{ kind: "unpublished", heal: { how: "resend", from: n - 1 } }]);
    expect(gaps[0]?.problem).toContain("shop.done");
    const forgotten = { ...facts, published: new Set<string>(), publishedSince: facts.now + 1 };
    expect(found(forgotten)).toEqual([]);
    expect(found({ ...facts, published: undefined })).toEqual([]);
  });

  it("names mail that a wait can take, once its wake must have come", async () => {
    const facts = await waiting();
    const letter = {
      id: "p-1",
      event: "paid",
      payload: { id: "o-1", payment: "p-1" },
      receivedAt: facts.now,
    };
    const lying = { ...facts, mail: [letter] };
    expect(found(lying)).toEqual([]);
    expect(found({ ...lying, now: facts.now + 400_000 })).toEqual(["mailUnseen wake"]);
    expect(found(withoutWatch(lying))).toEqual(["mailUnseen wake"]);
    const late = { ...(await ended()), mail: [letter, { ...letter, id: "p-2" }] };
    expect(found(late)).toEqual(["mailUnseen wake"]);
  });

  it("names calls that are open in an instance that has ended", async () => {
    const facts = await ended();
    const last = facts.entries.at(-1);
    if (last === undefined) throw new Error("there is no entry");
    const changes = [...last.changes, { kind: "started", step: "ghost", phase: "run" } as const];
    const haunted = { ...facts, entries: [...facts.entries.slice(0, -1), { ...last, changes }] };
    expect(found(haunted)).toEqual(["openAfterEnd backup"]);
  });

  it("names a row of the index that is missing, or says something else", async () => {
    const facts = await waiting();
    expect(found({ ...facts, indexed: undefined })).toEqual(["indexMissing touch"]);
    const { watchAt: _, ...rest } = summaryOf(facts.head);
    expect(found({ ...facts, indexed: rest })).toEqual(["indexDiffers touch"]);
    expect(found({ ...facts, indexed: { ...summaryOf(facts.head), status: "parked" } })).toEqual([
      "indexDiffers touch",
    ]);
  });
});
