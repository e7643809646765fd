import { createMemoryWorld } from "backstep/testing";
import { describe, expect, it } from "vitest";
import { createRegistry } from "../../../src/runtime/registry.js";
import { createWorker } from "../../../src/runtime/worker.js";
import { one, Participants, setups, shop } from "./shop.js";

describe("lanes", () => {
  const changes = setups.flatMap((from) => setups.map((to) => ({ from, to })));

  it.each(changes)(
    "may change under running instances: from $from.name to $to.name",
    async ({ from, to }) => {
      const all = new Participants();
      const services = { shop: all };
      const world = createMemoryWorld({ sagas: [shop], services, lanes: from.lanes, fuse: from.fuse });
      const { store, lanes: queue, timers, bus, clock, ids } = world;
      const registry = createRegistry([shop], { lanes: to.lanes, fuse: to.fuse });
      queue.workedBy(createWorker({ registry, services, store, queue, timers, bus, clock, ids }));
      await world.start("shop", { id: "o-1" });
      await world.settle();
      await world.signal("paid", { id: "o-1", payment: "p-1" });
      await world.settle();
      expect((await world.state(one)).ended?.status).toBe("completed");
      expect(all.names).toEqual(["reserve", "order", "capture", "ship"]);
    },
  );
});
