import { isSagaError } from "backstep";
import { explore } from "backstep/testing";
import { describe, expect, it } from "vitest";
import { orderOptions } from "../../sagas/order/exploration.js";
import { orderSaga } from "../../sagas/order/saga.js";

const order = orderSaga({ paymentWindow: { minutes: 30 } });

/** The test that an exploration prints, line by line, without the journal below it. */
async function counterexample(exploring: Promise<unknown>): Promise<readonly string[]> {
  try {
    await exploring;
  } catch (error) {
    if (!isSagaError(error, "EXPLORATION_FAILED")) throw error;
    const test = error.fix.slice(error.fix.indexOf("it("));
    return test.slice(0, test.indexOf("\n\n")).split("\n");
  }
  throw new Error("The exploration found nothing.");
}

describe("the exploration of the order saga", () => {
  it("visits every state that up to two faults lead to, and everything holds", async () => {
    const report = await explore(order, orderOptions);
    expect(report).toMatchObject({ complete: true, maxFaults: 2 });
    expect(report.states).toBeGreaterThan(1_000);
    expect(report.ends).toMatchObject({ completed: expect.any(Number), compensated: expect.any(Number) });
    for (const [step, { afterDone, twice }] of Object.entries(report.compensations)) {
      expect(Math.min(afterDone, twice), step).toBeGreaterThan(0);
    }
  }, 300_000);

  it("finds a compensation that is not idempotent", async () => {
    const lines = await counterexample(
      explore(order, {
        ...orderOptions,
        services(clock) {
          const shop = orderOptions.services(clock);
          const released = new Set<string>();
          const release = (orderId: string, key: string) => {
            shop.stock.release(orderId, key);
            if (released.has(key)) shop.database.exec("UPDATE shop_stock SET available = available + 2");
            released.add(key);
          };
          return { ...shop, stock: { ...shop.stock, release } };
        },
      }),
    );
    expect(lines.length).toBeLessThanOrEqual(15);
    expect(lines[0]).toContain("no article and no cent is lost");
  }, 300_000);

  it("finds a late payment that is dropped", async () => {
    const nodes = order.nodes.map((node) => (node.kind === "wait" ? { ...node, onLate: undefined } : node));
    const lines = await counterexample(explore({ ...order, nodes }, orderOptions));
    expect(lines.length).toBeLessThanOrEqual(15);
    expect(lines.join("\n")).toContain("event payment.received: late");
  }, 300_000);
});
