import { MemorySagaStore, VirtualClock } from "backstep/testing";
import { beforeEach, describe, expect, it } from "vitest";
import { deduplicationId, type Envelope, groupOf } from "../../../../src/core/envelope.js";
import type { GroupFacts } from "../../../../src/ports/lane-desk.js";
import type { Head } from "../../../../src/ports/saga-store.js";
import type { Operator } from "../../../../src/runtime/operate/operator.js";
import { wakeInstance } from "../../../../src/runtime/operate/wake-instance.js";
import { createRegistry } from "../../../../src/runtime/registry.js";
import { sampleHead } from "../../../contract/samples.js";
import { shop } from "../shop.js";

const ref = { saga: "shop", id: "s-1" };

describe("waking", () => {
  let clock: VirtualClock;
  let store: MemorySagaStore;
  let sent: Envelope[];
  beforeEach(async () => {
    clock = new VirtualClock();
    store = new MemorySagaStore();
    sent = [];
    await store.create(sampleHead(ref, { n: 3, settled: 3, watchAt: clock.now() - 9 }));
  });

  const operator = (group?: GroupFacts) =>
    ({
      store,
      clock,
      registry: createRegistry([shop]),
      queue: { send: async (_lane: string, event: Envelope) => void sent.push(event) },
      desk: { group: async () => group },
    }) as unknown as Operator;
  const head = async (): Promise<Head> => (await store.head(ref)) as Head;

  it("sets the watch time and sends an event past whatever blocks the group", async () => {
    expect(await wakeInstance(operator(), await head())).toBe("woken");
    expect(await head()).toMatchObject({ watchAt: clock.now(), n: 3, settled: 3 });
    expect(sent).toMatchObject([{ kind: "watch", seq: 3 }]);
    expect(sent.map(groupOf)).not.toContain(groupOf(ref));
  });

  it("does nothing where somebody has looked at it meanwhile", async () => {
    const seen = await head();
    await wakeInstance(operator(), seen);
    expect(await wakeInstance(operator(), seen)).toBe("moved");
    expect(sent).toHaveLength(1);
  });

  it("twice within a minute sends a copy, and a minute later an event of its own", async () => {
    await clock.advance(60_000 - (clock.now() % 60_000));
    for (const pauseMs of [0, 1_000, 60_000]) {
      await clock.advance(pauseMs);
      await wakeInstance(operator(), await head());
    }
    const [first, second, third] = sent.map(deduplicationId);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });

  it("leaves the event to an engine that knows what is on its way", async () => {
    expect(await wakeInstance(operator({ isInWork: false, waiting: 0 }), await head())).toBe("woken");
    expect(sent).toEqual([]);
  });
});
