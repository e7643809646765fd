import { expect, test } from "vitest";
import { WireDeliveries, type WireMessage } from "./wire-deliveries.js";
import { FaultDice } from "./wire-faults.js";

const fifo = { QueueUrl: "http://127.0.0.1/1/main.fifo", MaxNumberOfMessages: 10 };
const message = (id: string, group: string): WireMessage => ({
  MessageId: id,
  ReceiptHandle: id,
  Attributes: { MessageGroupId: group },
});
const ids = ({ Messages = [] }: { Messages?: readonly WireMessage[] }): string[] =>
  Messages.map(({ MessageId }) => MessageId);

test("no group's own order is changed, whatever the seed", () => {
  const Messages = ["a1", "a2", "b1", "a3", "b2", "c1"].map((id) => message(id, id[0] ?? ""));
  const orders = Array.from({ length: 50 }, (_, seed) => {
    const deliveries = new WireDeliveries(new FaultDice({ seed, rates: { reorder: 1 } }));
    return ids(deliveries.deliver(fifo, { Messages }));
  });
  for (const order of orders) {
    expect(order.filter((id) => id.startsWith("a"))).toEqual(["a1", "a2", "a3"]);
    expect(order.filter((id) => id.startsWith("b"))).toEqual(["b1", "b2"]);
  }
  expect(new Set(orders.map((order) => order.join())).size).toBeGreaterThan(10);
});

test("what a receive of a FIFO queue brings without its groups stays in order", () => {
  const Messages = ["1", "2", "3"].map((id) => ({ MessageId: id, ReceiptHandle: id }));
  for (let seed = 0; seed < 20; seed++) {
    const deliveries = new WireDeliveries(new FaultDice({ seed, rates: { reorder: 1 } }));
    expect(ids(deliveries.deliver(fifo, { Messages }))).toEqual(["1", "2", "3"]);
  }
});

test("a receive never brings more than it asked for, and what is due again waits", () => {
  const deliveries = new WireDeliveries(new FaultDice({ seed: 1, rates: { duplicate: 1 } }));
  const two = { ...fifo, MaxNumberOfMessages: 2 };
  const Messages = ["1", "2"].map((id) => message(id, "a"));
  expect(ids(deliveries.deliver(two, { Messages }))).toEqual(["1", "2"]);
  expect(ids(deliveries.deliver(two, { Messages: [message("3", "a")] }))).toEqual(["1", "3"]);
  expect(ids(deliveries.deliver(two, {}))).toEqual(["2", "3"]);
});
