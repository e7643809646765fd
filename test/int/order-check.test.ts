import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JournalEntry, LoadedInstance } from "backstep";
import { VirtualClock } from "backstep/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { checkOrders, describeViolation } from "../../sagas/order/check.js";
import { type CallRow, type Evidence, openEvidence } from "../../sagas/order/proof/evidence.js";
import { orderServices } from "../../sagas/order/services.js";
import { everyOrder } from "./every-order.js";

async function honestEvidence(): Promise<Evidence> {
  const folder = mkdtempSync(join(tmpdir(), "backstep-check-"));
  const file = join(folder, "local.db");
  const clock = new VirtualClock();
  const evidence = await everyOrder(orderServices(file, { now: () => clock.now() }), clock);
  const shop = openEvidence(file).shop();
  rmSync(folder, { recursive: true, force: true });
  return { ...evidence, shop };
}

let honest: Evidence;

beforeAll(async () => {
  honest = await honestEvidence();
});

type Loose<Value> = Value extends readonly (infer Item)[]
  ? Loose<Item>[]
  : Value extends object
    ? { -readonly [Key in keyof Value]: Loose<Value[Key]> }
    : Value;

/** What the checker says of the evidence after somebody has tampered with it. */
function tampered(tamper: (evidence: Loose<Evidence>) => void): string[] {
  const copy = structuredClone(honest) as Loose<Evidence>;
  tamper(copy);
  return checkOrders(copy as Evidence).violations.map(describeViolation);
}

function instanceOf(evidence: Loose<Evidence>, id: string): Loose<LoadedInstance> {
  const found = evidence.instances.find(({ head }) => head.origin.id === id);
  if (found === undefined) throw new Error(`There is no ${id}.`);
  return found;
}

function callOf(evidence: Loose<Evidence>, key: string, direction: CallRow["direction"]): Loose<CallRow> {
  const found = evidence.shop.calls.find((call) => call.key === key && call.direction === direction);
  if (found === undefined) throw new Error(`There is no call under ${key}.`);
  return found;
}

function entryWith(instance: Loose<LoadedInstance>, kind: string, step?: string): Loose<JournalEntry> {
  const isIt = (change: { kind: string; step?: string }) =>
    change.kind === kind && (step ?? change.step) === change.step;
  const found = instance.entries.find(({ changes }) => changes.some(isIt));
  if (found === undefined) throw new Error(`There is no ${kind}.`);
  return found;
}

function remove<Item>(items: Item[], isIt: (item: Item) => boolean): void {
  const at = items.findIndex(isIt);
  if (at < 0) throw new Error("There is nothing to remove.");
  items.splice(at, 1);
}

describe("the checker of the order saga", () => {
  it("finds nothing where every promise was kept", () => {
    const { ended, parked, violations } = checkOrders(honest);
    expect(violations).toEqual([]);
    expect({ ended, parked }).toEqual({ ended: 9, parked: 1 });
  });

  it("G1: sees a missing entry", () => {
    const found = tampered((evidence) => instanceOf(evidence, "paid").entries.splice(1, 1));
    expect(found).toContainEqual(expect.stringMatching(/^G1 +order\/paid entry 3 stands where 2 belongs/));
  });

  it("G1: sees an outcome that was applied twice", () => {
    const found = tampered((evidence) => {
      const { entries } = instanceOf(evidence, "paid");
      const last = entries.at(-1);
      const settled = entryWith(instanceOf(evidence, "paid"), "settled", "createOrder").changes[0];
      if (last !== undefined && settled !== undefined) last.changes.unshift(settled);
    });
    expect(found).toContainEqual(
      expect.stringMatching(/^G1 +order\/paid "createOrder" is settled in entry 2 and again/),
    );
  });

  it("G1: sees an event that was consumed twice", () => {
    const found = tampered((evidence) => {
      const { changes } = entryWith(instanceOf(evidence, "twice"), "late");
      const late = changes.find(({ kind }) => kind === "late");
      if (late?.kind === "late") late.mail = "pay-twice";
    });
    expect(found).toContainEqual(
      expect.stringMatching(/^G1 +order\/twice the event "pay-twice" is consumed a second/),
    );
  });

  it("G2: sees a call under another key", () => {
    const found = tampered((evidence) => {
      callOf(evidence, "order/paid/ship", "forward").key = "order/paid/ship~1";
    });
    expect(found).toContainEqual(
      expect.stringMatching(/^G2 +order\/paid shipping.book was called under the key/),
    );
  });

  it("G2: sees more calls than the journal has attempts", () => {
    const found = tampered((evidence) => {
      const call = callOf(evidence, "order/paid/capture", "forward");
      evidence.shop.calls.push({ ...call, n: 1_000_000, answer: "repeat" });
    });
    expect(found).toContainEqual(
      expect.stringMatching(/^G2 +order\/paid "capture" was called 2 times in 1 attempts/),
    );
  });

  it("G2: sees an outcome of a call that was never made", () => {
    const found = tampered((evidence) => {
      remove(evidence.shop.calls, ({ key }) => key === "order/late/payment!late/pay-late");
    });
    expect(found).toContainEqual(
      expect.stringMatching(/^G2 +order\/late the journal knows a call that no participant/),
    );
  });

  it("G3: sees a reservation that was made twice", () => {
    const found = tampered(({ shop }) => {
      const row = shop.reservations.find(({ order_id }) => order_id === "paid");
      if (row !== undefined) shop.reservations.push(row);
    });
    expect(found).toContainEqual(
      expect.stringMatching(/^G3 +order\/paid "reserveStock" is done .* stands 2 times/),
    );
    expect(found).toContainEqual(expect.stringMatching(/^stock .*"mug"/));
  });

  it("G3: sees an order that is shipped and released", () => {
    const found = tampered(({ shop }) => {
      shop.shipments.push({ tracking_id: "parcel", order_id: "unpaid" });
    });
    expect(found).toContainEqual(
      expect.stringMatching(/^G3 +order\/unpaid "ship" is notStarted .* stands 1 times/),
    );
  });

  it("G3: sees a late payment that was not refunded", () => {
    const found = tampered(({ shop }) => {
      const row = shop.payments.find(({ payment_id }) => payment_id === "pay-late");
      if (row !== undefined) row.state = "authorised";
    });
    expect(found).toContainEqual(
      expect.stringMatching(/^G3 +order\/late "pay-late" is authorised and should be refunded/),
    );
  });

  it("G4: sees an undo that came before a later step's", () => {
    const found = tampered((evidence) => {
      const release = callOf(evidence, "order/unpaid/reserveStock", "undo");
      const cancel = callOf(evidence, "order/unpaid/createOrder", "undo");
      [release.n, cancel.n] = [cancel.n, release.n];
      evidence.shop.calls.sort((one, other) => one.n - other.n);
    });
    expect(found).toContainEqual(
      expect.stringMatching(/^G4 +order\/unpaid "reserveStock" was undone before/),
    );
  });

  it("G4: sees a journal in which an undo began too early", () => {
    const found = tampered((evidence) => {
      const { entries } = instanceOf(evidence, "unpaid");
      for (const change of entries.flatMap(({ changes }) => changes)) {
        if (!("step" in change) || (change.kind !== "entered" && change.kind !== "undone")) continue;
        change.step = change.step === "createOrder" ? "reserveStock" : "createOrder";
      }
    });
    expect(found).toContainEqual(
      expect.stringMatching(/^G4 +order\/unpaid the undo of "reserveStock" began in entry/),
    );
  });

  it("G5: sees an effect after its undo", () => {
    const found = tampered((evidence) => {
      const reserve = callOf(evidence, "order/unpaid/reserveStock", "forward");
      reserve.n = 1_000_000;
      evidence.shop.calls.sort((one, other) => one.n - other.n);
    });
    expect(found).toContainEqual(
      expect.stringMatching(/^G5 +order\/unpaid "reserveStock" took effect after its undo/),
    );
  });

  it("G6: sees a timeout that came early", () => {
    const found = tampered((evidence) => {
      entryWith(instanceOf(evidence, "unpaid"), "turned").at -= 60_000;
    });
    expect(found).toContainEqual(
      expect.stringMatching(/^G6 +order\/unpaid "payment" timed out \d+ ms early/),
    );
  });

  it("G6: sees a retry that came early", () => {
    const found = tampered((evidence) => {
      const { entries } = instanceOf(evidence, "slow");
      const retry = entries.findIndex(({ changes }) => changes.some(({ kind }) => kind === "retrying"));
      const next = entries[retry + 1];
      if (next !== undefined) next.at = 0;
    });
    expect(found).toContainEqual(
      expect.stringMatching(/^G6 +order\/slow "ship" was called \d+ ms before it was due/),
    );
  });

  it("G7: sees an accepted payment that is not in the mailbox", () => {
    const found = tampered((evidence) => {
      instanceOf(evidence, "late").mail.pop();
    });
    expect(found).toContainEqual(
      expect.stringMatching(/^G7 +order\/late the accepted event of "pay-late" is not in/),
    );
  });

  it("G7: sees a payment that nobody took", () => {
    const found = tampered((evidence) => {
      instanceOf(evidence, "unpaid").mail.push({
        id: "pay-x",
        event: "payment.received",
        payload: {},
        receivedAt: 0,
      });
    });
    expect(found).toContainEqual(
      expect.stringMatching(/^G7 +order\/unpaid the event "pay-x" was neither consumed nor/),
    );
  });

  it("G7: sees a payment that was acknowledged before the timeout and lost to it", () => {
    const found = tampered(({ shop }) => {
      const row = shop.payments.find(({ payment_id }) => payment_id === "pay-late");
      if (row !== undefined) row.announced_at = 0;
    });
    expect(found).toContainEqual(
      expect.stringMatching(/^G7 +order\/late "pay-late" was acknowledged \d+ ms before/),
    );
  });

  it("G7: sees a domain event that was not published", () => {
    const found = tampered(({ published }) => remove(published, ({ event }) => event === "order.completed"));
    expect(found).toContainEqual(
      expect.stringMatching(/^G7 +order\/paid "order.completed" .* was never published/),
    );
  });

  it("G8: sees an order without an instance", () => {
    const found = tampered((evidence) => {
      remove(evidence.instances, ({ head }) => head.origin.id === "soldOut");
    });
    expect(found).toContainEqual(expect.stringMatching(/^G8 +order\/soldOut was placed and has no instance/));
  });

  it("G8: sees an instance that neither ended nor parked", () => {
    const found = tampered((evidence) => {
      instanceOf(evidence, "paid").entries.pop();
    });
    expect(found).toContainEqual(expect.stringMatching(/^G8 +order\/paid has neither ended nor parked/));
  });

  it("G8: sees a head that says something else than its journal", () => {
    const found = tampered((evidence) => {
      instanceOf(evidence, "parked").head.status = "compensated";
    });
    expect(found).toContainEqual(
      expect.stringMatching(/^G8 +order\/parked is listed as compensated, and its journal/),
    );
  });

  it("G9: sees a step that was called before the one before it had its answer", () => {
    const found = tampered((evidence) => {
      callOf(evidence, "order/paid/createOrder", "forward").n = 0;
      evidence.shop.calls.sort((one, other) => one.n - other.n);
    });
    expect(found).toContainEqual(expect.stringMatching(/^G9 +order\/paid "createOrder" was called before/));
  });

  it("sees a refund that is not in the money's ledger", () => {
    const found = tampered(({ shop }) => remove(shop.money, ({ to_account }) => to_account === "customer"));
    expect(found).toContainEqual(expect.stringMatching(/^money +.*its movements say otherwise/));
  });

  it("sees an article that disappeared from the shelf", () => {
    const found = tampered(({ shop }) => {
      const row = shop.stock.find(({ sku }) => sku === "mug");
      if (row !== undefined) row.available -= 1;
    });
    expect(found).toContainEqual(expect.stringMatching(/^stock +100 of "mug" were delivered/));
  });
});
