import { createMemoryWorld, MemorySagaStore } from "backstep/testing";
import { describe, expect, it } from "vitest";
import { importHistory, standingOf } from "../../../../src/cli/history/import-history.js";
import { statusOf } from "../../../../src/core/journal/status.js";
import type { SagaStore } from "../../../../src/ports/saga-store.js";
import { loadExisting } from "../../../../src/runtime/load.js";
import { type History, historyOf } from "../../../../src/testing/history/history.js";
import { playStay, stayWith } from "../../testing/history/stay.js";

const ref = { saga: "stay", id: "s-1" };
const importing = { actor: { user: "ann", host: "desk" }, reason: "to look", now: 2_000_000_000_000 };

async function waiting(): Promise<History> {
  const world = createMemoryWorld({ sagas: [stayWith()], services: { book: () => undefined } });
  await world.start("stay", { id: "s-1" });
  await world.settle();
  return historyOf(await world.client.get(ref));
}

/** A store that dies at its nth write, and lives again for the next import. */
function dying(store: MemorySagaStore, writes: number): SagaStore {
  let left = writes;
  return new Proxy<SagaStore>(store, {
    get(target, name) {
      const method = Reflect.get(target, name, target);
      if (typeof method !== "function") return method;
      const isWrite = ["create", "append", "appendWatched", "updateHead", "putMail"].includes(String(name));
      return (...args: unknown[]) => {
        if (isWrite && left-- <= 0) throw new Error("killed");
        return method.apply(target, args);
      };
    },
  });
}

describe("importHistory", () => {
  it("brings back an ended instance entry by entry, and nobody looks at it", async () => {
    const store = new MemorySagaStore();
    const history = historyOf(await playStay());
    await expect(importHistory(store, history, importing)).resolves.toEqual({ isNew: true, isHeld: false });
    const { head, entries, mail } = await loadExisting(store, ref);
    expect({ origin: head.origin, entries, mail }).toEqual({
      origin: history.origin,
      entries: history.entries,
      mail: history.mail,
    });
    expect(head).toMatchObject({ status: "compensated", n: entries.length, settled: entries.length });
    expect(head.watchAt).toBeUndefined();
  });

  it("pauses what has not ended, by an entry that says who and why", async () => {
    const store = new MemorySagaStore();
    const history = await waiting();
    await expect(importHistory(store, history, importing)).resolves.toEqual({ isNew: true, isHeld: true });
    const { head, entries } = await loadExisting(store, ref);
    expect(entries.at(-1)).toMatchObject({
      n: history.entries.length + 1,
      cause: { kind: "command", command: "pause", actor: importing.actor, reason: "to look" },
      changes: [{ kind: "held", as: "paused" }],
    });
    expect(head).toMatchObject({ status: "paused", n: entries.length, updatedAt: importing.now });
    expect(head.watchAt).toBeUndefined();
  });

  it("lets a call that was under way be made once it is resumed, as if nobody had begun it", async () => {
    let booked = 0;
    const book = () => {
      booked += 1;
    };
    const other = createMemoryWorld({ sagas: [stayWith()], services: { book } });
    await other.start("stay", { id: "s-1" });
    const world = createMemoryWorld({ sagas: [stayWith()], services: { book } });
    await importHistory(world.store, historyOf(await other.client.get(ref)), importing);
    await world.advance({ hours: 1 });
    expect(booked).toBe(0);
    await world.client.command(ref, { kind: "resume" }, { actor: { user: "ann" } });
    await world.settle();
    expect(booked).toBe(1);
    const { state, entries } = await world.client.get(ref);
    expect(statusOf(state)).toBe("waiting");
    expect(entries.map(({ cause }) => cause.kind)).not.toContain("interrupted");
  });

  it("changes nothing where it was imported before, nor where it went on since", async () => {
    const world = createMemoryWorld({ sagas: [stayWith()], services: { book: () => undefined } });
    const history = await waiting();
    await importHistory(world.store, history, importing);
    await world.client.command(ref, { kind: "resume" }, { actor: { user: "ann" } });
    await world.settle();
    const before = await loadExisting(world.store, ref);
    await expect(importHistory(world.store, history, importing)).resolves.toMatchObject({ isNew: false });
    expect(await loadExisting(world.store, ref)).toEqual(before);
  });

  it("never touches another instance of that id", async () => {
    const world = createMemoryWorld({ sagas: [stayWith()], services: { book: () => undefined }, seed: 7 });
    const history = await waiting();
    await world.clock.advance({ minutes: 1 });
    await world.start("stay", { id: "s-1" });
    const before = await loadExisting(world.store, ref);
    await expect(importHistory(world.store, history, importing)).rejects.toMatchObject({
      code: "START_CONFLICT",
      problem: 'There is another instance "stay/s-1" in the store.',
    });
    expect(await loadExisting(world.store, ref)).toEqual(before);
  });

  it("does not take an instance that is less far for an import of its own", async () => {
    const world = createMemoryWorld({ sagas: [stayWith()], services: { book: () => undefined } });
    await world.start("stay", { id: "s-1" });
    const history = await waiting();
    expect((await world.journal(ref)).length).toBeLessThan(history.entries.length);
    await expect(standingOf(world.store, history)).rejects.toMatchObject({ code: "START_CONFLICT" });
  });

  it("is no import where somebody wakes the instance before it is paused", async () => {
    const store = new MemorySagaStore();
    const history = await waiting();
    const woken = new Proxy<SagaStore>(store, {
      get(target, name) {
        const method = Reflect.get(target, name, target);
        if (name !== "appendWatched") return typeof method === "function" ? method.bind(target) : method;
        return async (...args: Parameters<SagaStore["appendWatched"]>) => {
          const { origin, rev, ...projection } = (await loadExisting(store, ref)).head;
          await store.updateHead(origin, rev, { ...projection, watchAt: 1 });
          return target.appendWatched(...args);
        };
      },
    });
    await expect(importHistory(woken, history, importing)).rejects.toMatchObject({ code: "START_CONFLICT" });
  });

  it("comes to the same end, wherever it was killed before", async () => {
    const histories = [historyOf(await playStay()), await waiting()];
    for (const history of histories) {
      const writes = history.entries.length + history.mail.length + 2;
      for (let at = 0; at < writes; at += 1) {
        const store = new MemorySagaStore();
        await expect(importHistory(dying(store, at), history, importing)).rejects.toThrow("killed");
        const later = { ...importing, now: importing.now + 60_000 };
        await expect(importHistory(store, history, later)).resolves.toMatchObject({ isNew: true });
        const whole = new MemorySagaStore();
        await importHistory(whole, history, later);
        expect(await loadExisting(store, ref)).toEqual(await loadExisting(whole, ref));
      }
    }
  });
});
