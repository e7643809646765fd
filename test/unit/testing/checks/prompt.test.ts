import { expect, it } from "vitest";
import type { Change } from "../../../../src/core/journal/entry.js";
import type { Evidence } from "../../../../src/testing/checks/evidence.js";
import { one, setups } from "../../runtime/shop.js";
import { openWorld, wrongs } from "./worlds.js";

/** The evidence of an order that is paid. @param more is added to the end of one of its entries */
async function paidOrder(n = 0, more: readonly Change[] = []): Promise<Evidence> {
  const open = openWorld(setups[0], {});
  await open.world.start("shop", { id: "o-1" });
  await open.world.settle();
  await open.pay();
  await open.world.advance({ hours: 12 });
  const evidence = open.evidence();
  return {
    ...evidence,
    instances: evidence.instances.map((instance) => ({
      ...instance,
      entries: instance.entries.map((entry) => {
        return entry.n === n ? { ...entry, changes: [...entry.changes, ...more] } : entry;
      }),
    })),
  };
}

it("G7: finds a domain event that `onLate` is given while its wait is open", async () => {
  const late: Change = { kind: "late", key: "payment.late[p-9]", step: "payment", mail: "p-9" };
  const hasty = await paidOrder(2, [late]);
  const letter = { id: "p-9", event: "paid", payload: { id: "o-1", payment: "p-9" }, receivedAt: 0 };
  const mailed = hasty.instances.map((instance) => ({ ...instance, mail: [...instance.mail, letter] }));
  expect(wrongs({ ...hasty, instances: mailed })).toContain(
    'G7: The domain event "p-9" was given to `onLate`, and "payment" could still take it.',
  );
});

it("G1: finds a step that is started while the whole instance is parked", async () => {
  const parked: Change = { kind: "parked", reason: { code: "deadLetter", message: "given up" } };
  expect(wrongs(await paidOrder(1, [parked]))).toContain(
    'G1: shop/o-1: Entry 2 starts "payment" while all of it is parked.',
  );
});

it("G3: finds a refusal without a call", async () => {
  const open = openWorld(setups[0], { reserve: ["no"] });
  await open.world.start("shop", { id: "o-1" });
  await open.world.advance({ hours: 1 });
  const { calls, ...evidence } = open.evidence();
  expect(wrongs({ ...evidence, calls })).toEqual([]);
  expect(wrongs({ ...evidence, calls: calls.filter(({ step }) => step !== "reserve") })).toEqual([
    'G3: "reserve" is refused, and no call was made under its key "shop/o-1/reserve".',
  ]);
});

it("G8: finds a moment in which nobody was told", async () => {
  const stalled = { ...(await paidOrder()), stalls: [{ ref: one, message: "nobody was told" }] };
  expect(wrongs(stalled)).toEqual(["G8: shop/o-1: nobody was told."]);
});
