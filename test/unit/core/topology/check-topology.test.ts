import { defineConfig } from "backstep";
import { checkTopology, compileTopology, type Topology } from "backstep/topology";
import { describe, expect, it } from "vitest";
import { orderSaga } from "../../../../sagas/order/saga.js";
import type { OrderServices } from "../../../../sagas/order/services.js";
import { caught } from "../caught.js";

const config = defineConfig({
  name: "shop",
  sagas: [orderSaga({ paymentWindow: { minutes: 30 } })],
  services: () => ({}) as OrderServices,
});
const sound = compileTopology(config, { stage: "dev" });

/** The first of a list, changed. */
function firstOf<Item>(items: readonly Item[], change: Partial<Item>): readonly Item[] {
  return items.map((item, at) => (at === 0 ? { ...item, ...change } : item));
}

/** What breaks a rule, and what is said of it. Whoever renders may have changed a topology. */
const broken: Readonly<Record<string, [Partial<Topology>, RegExp]>> = {
  "a queue that hides messages for less than six timeouts": [
    { queues: firstOf(sound.queues, { visibilitySeconds: 179 }) },
    /hides messages for 179 seconds.*180 seconds at least/s,
  ],
  "a queue that hides messages for more than 12 hours": [
    { queues: firstOf(sound.queues, { visibilitySeconds: 43_201 }) },
    /at most 43200/,
  ],
  "a FIFO queue with a delay": [{ queues: firstOf(sound.queues, { delaySeconds: 1 }) }, /no FIFO queue/],
  "a delay of more than 15 minutes": [
    {
      queues: sound.queues.map((queue) => (queue.id === "timers" ? { ...queue, delaySeconds: 901 } : queue)),
    },
    /delays by 901 seconds/,
  ],
  "a queue that gives up after nine deliveries": [
    { queues: firstOf(sound.queues, { deadLetter: { queue: "dead-lane-main", maxReceives: 9 } }) },
    /gives up after 9 deliveries/,
  ],
  "a queue without a dead-letter queue": [
    { queues: firstOf(sound.queues, { deadLetter: undefined }) },
    /no dead-letter queue of its kind/,
  ],
  "a FIFO queue with a standard dead-letter queue": [
    { queues: firstOf(sound.queues, { deadLetter: { queue: "dead-timers", maxReceives: 10 } }) },
    /FIFO for FIFO/,
  ],
  "a function that feeds itself and may not": [
    { functions: firstOf(sound.functions, { recursiveLoop: "Terminate" }) },
    /"shop-dev-main" feeds itself/,
  ],
  "a function that ends before its longest step": [
    { functions: firstOf(sound.functions, { longestStepSeconds: 26 }) },
    /\{ seconds: 31 \}/,
  ],
  "a batch of eleven": [{ mappings: firstOf(sound.mappings, { batchSize: 11 }) }, /gives 11 messages/],
  "one invocation at once": [
    { mappings: firstOf(sound.mappings, { maximumConcurrency: 1 }) },
    /maximum concurrency of 1\./,
  ],
  "a mapping to nowhere": [{ mappings: firstOf(sound.mappings, { function: "gone" }) }, /no function "gone"/],
  "two queues of one name": [
    { queues: firstOf(sound.queues, { name: "shop-dev--timers" }) },
    /Two resources are named "shop-dev--timers"/,
  ],
  "a rule of more events than its pattern holds": [
    {
      rules: firstOf(sound.rules, {
        events: Array.from({ length: 100 }, (_, at) => `some.event.no.${at}.of.many`),
      }),
    },
    /pattern of the rule "shop-dev--ingest" has \d+ characters/,
  ],
};

describe("checkTopology", () => {
  it("accepts what compileTopology made", () => {
    expect(() => checkTopology(sound)).not.toThrow();
  });

  it.each(Object.entries(broken))("refuses %s", (_, [change, text]) => {
    const error = caught(() => checkTopology({ ...sound, ...change }));
    expect(error.code).toBe("TOPOLOGY_INVALID");
    expect(`${error.problem} ${error.fix}`).toMatch(text);
  });

  it("says everything that is wrong at once", () => {
    const queues = firstOf(sound.queues, { delaySeconds: 1 });
    const mappings = firstOf(sound.mappings, { batchSize: 11 });
    const { problem } = caught(() => checkTopology({ ...sound, queues, mappings }));
    expect(problem).toMatch(/delays by 1 seconds.*gives 11 messages/s);
  });
});
