import { expect, test } from "vitest";
import { traceHeader } from "../../../../src/aws/queues/trace-header.js";
import { sampleEnvelope } from "../../../contract/samples.js";

const rootOf = (header: string): string | undefined => /^Root=1-[\da-f]{8}-([\da-f]{24})$/.exec(header)?.[1];

test("a trace header has the time in seconds and the root of the instance", () => {
  const header = traceHeader({ saga: "order", id: "o-1", sentAt: 0x6553f100 * 1_000 + 999 });
  expect(header).toMatch(/^Root=1-6553f100-[\da-f]{24}$/);
});

test("every event of an instance has its root, and no other's", () => {
  const events = [sampleEnvelope("a", 1), sampleEnvelope("a", 2, { kind: "mail" }), sampleEnvelope("b", 1)];
  const [first, second, other] = events.map((event) => rootOf(traceHeader(event)));
  expect(first).toBeDefined();
  expect(second).toBe(first);
  expect(other).not.toBe(first);
});

test("a time before 1978 is padded", () => {
  expect(traceHeader(sampleEnvelope("a", 1, { sentAt: 1_000 }))).toMatch(/^Root=1-00000001-/);
});
