import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StepRefused } from "backstep";
import { describe, expect, it } from "vitest";
import { openEvidence, readShop } from "../../sagas/order/proof/evidence.js";
import { orderServices } from "../../sagas/order/services.js";
import { describeOrderServices } from "../contract/order-services.contract.js";

describeOrderServices("in the embedded engine's file", () => {
  const folder = mkdtempSync(join(tmpdir(), "backstep-services-"));
  const file = join(folder, "local.db");
  return {
    services: orderServices(file),
    read: async () => openEvidence(file).shop(),
    reopen: () => orderServices(file),
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
});

describe("the ledger of a local shop", () => {
  const request = { orderId: "o-1", sku: "mug", quantity: 2 };

  it("keeps every call, repeated and failed ones too", () => {
    const { stock, shipping, database, close } = orderServices(":memory:");
    const answers = () => readShop(database).calls.map(({ operation, answer }) => `${operation}: ${answer}`);
    expect(() => stock.reserve(request, "k-1")).toThrow(StepRefused);
    expect(() => stock.reserve(request, "k-1")).toThrow(StepRefused);
    stock.release("o-1", "k-1");
    shipping.setCarrier("down");
    expect(() => shipping.book("o-1", "k-2")).toThrow("The carrier is down.");
    expect(answers()).toEqual(["reserve: refused", "reserve: repeat", "release: nothing", "book: failed"]);
    close();
  });
});
