import { defineSaga, needs } from "backstep";
import { z } from "zod";
import { booking, forward, type Services } from "./books.js";
import { Booked, Departed } from "./events.js";

const byId = ({ id }: { readonly id: string }) => id;

/** Waits for what trips tell, as parcels do, and goes with them. */
export const guide = defineSaga({
  name: "guide",
  version: 1,
  input: z.object({ id: z.string() }),
  services: needs<Services>(),
  id: byId,
})
  .waitFor("booking", { event: Booked, id: byId, within: { minutes: 40 }, compensate: "none" })
  .step("hire", booking)
  .sleep("rest", { until: ({ now }) => new Date(now + 120_000) })
  .pivot("leave", { ...forward, retry: { attempts: 3 } })
  .waitFor("departure", { event: Departed, id: byId, within: { minutes: 50 }, onTimeout: "continue" })
  .step("report", forward)
  .build();
