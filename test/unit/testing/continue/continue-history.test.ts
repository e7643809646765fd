import { defineEvent, defineSaga, needs } from "backstep";
import { continueHistory, createMemoryWorld, refusingServices } from "backstep/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { historyOf } from "../../../../src/testing/history/history.js";

interface TripServices {
  readonly hotel: { book(id: string): void; cancel(id: string): void };
}

const Paid = defineEvent({ name: "trip.paid", payload: z.object({ id: z.string() }) });

/** Book → wait for the payment → pivot → ticket. */
function tripWith(ticket: () => void, attempts: number | "unlimited" = 2) {
  return defineSaga({
    name: "trip",
    version: 1,
    input: z.object({ id: z.string() }),
    services: needs<TripServices>(),
    id: ({ id }) => id,
  })
    .step("book", {
      run: ({ input, services }) => services.hotel.book(input.id),
      compensate: ({ input, services }) => services.hotel.cancel(input.id),
    })
    .waitFor("payment", { event: Paid, id: ({ id }) => id, within: { hours: 1 }, compensate: "none" })
    .pivot("charge", { run: () => undefined })
    .step("ticket", { run: ticket, retry: { attempts } })
    .build();
}

const broken = () => {
  throw new TypeError("cannot read seat", { cause: new Error("no seat map") });
};
const fine = tripWith(() => undefined);
const ref = { saga: "trip", id: "t-1" };
const hotel = { book: () => undefined, cancel: () => undefined };

/** A trip as it was recorded somewhere else. */
async function recorded(saga: ReturnType<typeof tripWith>, isPaid = true) {
  const world = createMemoryWorld({ sagas: [saga], services: { hotel } });
  await world.start("trip", { id: "t-1" });
  await world.settle();
  if (isPaid) await world.signal("trip.paid", { id: "t-1" });
  await world.advance({ minutes: 30 });
  return historyOf(await world.client.get(ref));
}

describe("continueHistory", () => {
  it("retries what is parked, and tells the error with its causes while they are there", async () => {
    const saga = tripWith(broken);
    const history = await recorded(saga);
    const { status, stuck, entries } = await continueHistory(history, {
      sagas: [saga],
      services: refusingServices<TripServices>(),
    });
    expect({ status, stuck }).toEqual({
      status: "parked",
      stuck: expect.stringContaining("TypeError: cannot read seat ← Error: no seat map"),
    });
    expect(entries.slice(0, history.entries.length)).toEqual(history.entries);
    expect(entries[history.entries.length]?.cause).toMatchObject({ kind: "command", command: "retry" });
  });

  it("comes to the end once the code is mended, from the last entry on", async () => {
    const history = await recorded(tripWith(broken));
    const { status, stuck, entries } = await continueHistory(history, {
      sagas: [fine],
      services: refusingServices<TripServices>(),
    });
    expect({ status, stuck }).toEqual({ status: "completed", stuck: undefined });
    const last = history.entries.at(-1)?.at ?? 0;
    expect(entries.slice(history.entries.length).every(({ at }) => at >= last)).toBe(true);
  });

  it("says what must be faked, whatever became of the instance", async () => {
    const history = await recorded(fine, false);
    const options = { sagas: [fine], command: { kind: "cancel" } } as const;
    const going = continueHistory(history, { ...options, services: refusingServices<TripServices>() });
    await expect(going).rejects.toThrow('services.hotel.cancel("t-1") has no fake.');
    const services = refusingServices<TripServices>({ hotel: { cancel: () => undefined } });
    await expect(continueHistory(history, { ...options, services })).resolves.toMatchObject({
      status: "compensated",
    });
  });

  it("gives no command where nothing is parked, and leaves the world to go on in", async () => {
    const history = await recorded(fine, false);
    const { status, entries, world } = await continueHistory(history, {
      sagas: [fine],
      services: refusingServices<TripServices>(),
    });
    expect({ status, entries }).toEqual({ status: "waiting", entries: history.entries });
    await world.signal("trip.paid", { id: "t-1" });
    await world.settle();
    expect((await world.state(ref)).ended?.status).toBe("completed");
  });

  it("takes up a call that was under way", async () => {
    const history = await recorded(fine);
    const at = history.entries.findIndex(({ changes }) => JSON.stringify(changes).includes('"ticket"'));
    const cut = { ...history, entries: history.entries.slice(0, at + 1) };
    const { status, entries } = await continueHistory(cut, {
      sagas: [fine],
      services: refusingServices<TripServices>(),
    });
    expect(status).toBe("completed");
    expect(entries.map(({ cause }) => cause.kind)).not.toContain("interrupted");
  });

  it("ends after a virtual hour where a step is retried for ever", async () => {
    const saga = tripWith(broken, "unlimited");
    const { status, stuck } = await continueHistory(await recorded(saga), {
      sagas: [saga],
      services: refusingServices<TripServices>(),
    });
    expect(status).toBe("running");
    expect(stuck).toMatch(/^ticket still fails, attempt \d+: TypeError: cannot read seat/);
  });

  it("replays from a step", async () => {
    const history = await recorded(fine);
    const { entries } = await continueHistory(history, {
      sagas: [fine],
      services: refusingServices<TripServices>(),
      command: { kind: "replay", from: "ticket" },
    });
    expect(entries[history.entries.length]?.changes).toMatchObject([
      { kind: "setAside", steps: ["ticket"] },
      {},
    ]);
  });

  it("refuses a history of a version that is not declared", async () => {
    const history = await recorded(fine);
    const newer = { ...fine, version: 2 };
    const going = continueHistory(history, { sagas: [newer], services: refusingServices<TripServices>() });
    await expect(going).rejects.toMatchObject({ code: "SAGA_UNKNOWN" });
  });
});
