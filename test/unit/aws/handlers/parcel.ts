import { defineEvent, defineSaga, needs } from "backstep";
import type { VirtualClock } from "backstep/testing";
import { z } from "zod";
import { createClient } from "../../../../src/runtime/client.js";
import { createRegistry } from "../../../../src/runtime/registry.js";
import { memoryPorts, type RecordFacts, recordOfEvent } from "../memory-ports.js";

/** What the handlers of the parcel saga do, and the calls that came so far. */
export class Depot {
  readonly calls: string[] = [];
  /** How long each call takes, milliseconds of the clock. */
  takesMs = 0;

  constructor(private readonly clock: VirtualClock) {}

  async call(what: string): Promise<void> {
    this.calls.push(`${what} begins`);
    if (this.takesMs > 0) await this.clock.wait(this.takesMs);
    this.calls.push(`${what} ends`);
  }
}

const input = z.object({ id: z.string() });

/** What `receipt` waits for. */
export const Received = defineEvent({
  name: "parcel.received",
  payload: z.object({ id: z.string(), by: z.string() }),
});

/** pack → label → hand over (pivot) → wait for the receipt. */
export const parcel = defineSaga({
  name: "parcel",
  version: 1,
  input,
  services: needs<{ readonly depot: Depot }>(),
  id: ({ id }) => id,
})
  .step("pack", {
    run: ({ input, services }) => services.depot.call(`pack ${input.id}`),
    compensate: "none",
  })
  .step("label", {
    run: async ({ input, services, log }) => {
      log("labelled", { id: input.id });
      await services.depot.call(`label ${input.id}`);
    },
    compensate: "none",
  })
  .pivot("handOver", { run: ({ input, services }) => services.depot.call(`hand over ${input.id}`) })
  .waitFor("receipt", { event: Received, id: ({ id }) => id, within: { hours: 1 }, onTimeout: "park" })
  .build();

/** Functions of the parcel saga in memory, with its depot and a client. */
export function openParcels() {
  const memory = memoryPorts();
  const { ports, clock, queue } = memory;
  const depot = new Depot(clock);
  const registry = createRegistry([parcel]);
  const client = createClient({ ...ports, registry });
  let opened = 0;
  const options = {
    sagas: [parcel],
    ports,
    log: memory.take,
    services: () => {
      opened += 1;
      return { depot };
    },
  };
  return {
    ...memory,
    depot,
    client,
    options,
    /** How often the services were opened. */
    opened: () => opened,
    /** Starts a parcel. @returns the record of its first event */
    async start(id: string, facts: RecordFacts = {}) {
      await client.start("parcel", { id });
      const sent = queue.sent.at(-1);
      if (sent === undefined) throw new Error("Nothing was sent.");
      return recordOfEvent(sent.envelope, facts);
    },
    async status(id: string) {
      return (await ports.store.head({ saga: "parcel", id }))?.status;
    },
  };
}
