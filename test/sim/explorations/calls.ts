import { defineSaga, needs } from "backstep";
import { exploration } from "backstep/testing";
import { base, booking, common, payment, payments, type Services, soldOut } from "./parts.js";

const once = { attempts: 1 } as const;

const strict = defineSaga({ ...base, name: "strict", services: needs<Services>() })
  .step("seat", { ...booking(0), retry: once, compensateRetry: once })
  .step("room", { ...booking(0), atMostOnce: true, compensateRetry: once })
  .step("meal", soldOut)
  .build();

const careless = defineSaga({ ...base, name: "careless", services: needs<Services>() })
  .step("seat", { run: () => undefined, compensate: () => undefined, retry: once, timeout: { seconds: 5 } })
  .step("room", { run: () => undefined, compensate: () => undefined, retry: once, timeout: { seconds: 5 } })
  .build();

const zombie = defineSaga({ ...base, name: "zombie", services: needs<Services>() })
  .step("seat", {
    run: async ({ services, idempotencyKey, attempt }) => {
      await services.take(attempt === 1 ? 1 : 9);
      services.books.forward(idempotencyKey);
    },
    compensate: booking(0).compensate,
  })
  .step("room", booking(9))
  .build();

const branches = defineSaga({ ...base, name: "branches", services: needs<Services>() })
  .parallel(
    "both",
    (b) => b.step("slow", booking(4)),
    (b) => b.step("quick", booking(1)),
  )
  .step("meal", soldOut)
  .build();

const pivoted = defineSaga({
  ...base,
  name: "pivoted",
  services: needs<Services>(),
  deadline: { minutes: 1 },
})
  .step("seat", booking(0))
  .pivot("capture", { run: booking(0).run, probe: () => "unknown" as const, retry: once })
  .step("ticket", { run: booking(0).run, retry: { attempts: 3, backoff: { initial: { minutes: 2 } } } })
  .build();

const shop = defineSaga({ ...base, name: "shop", services: needs<Services>() })
  .step("seat", booking(0))
  .waitFor("payment", { ...payment, within: { minutes: 10 } })
  .step("room", booking(0))
  .build();

/** Calls that are made once, twice, too late, or after the pivot. */
export const calls = {
  "one attempt each way": exploration(strict, { ...common, faults: ["sleep", "crash", "race", "fails"] }),
  "one attempt each way, with every fault": exploration(strict, {
    ...common,
    commands: ["cancel"],
    maxFaults: 1,
  }),
  "participants without a guard": exploration(careless, { ...common, maxFaults: 1, commands: ["cancel"] }),
  "a worker that wakes beside another": exploration(zombie, {
    ...common,
    faults: ["sleep", "refuses", "race"],
  }),
  "branches that are undone": exploration(branches, { ...common, maxFaults: 1, commands: ["cancel"] }),
  "a deadline after the pivot": exploration(pivoted, { ...common, commands: ["cancel"], maxFaults: 1 }),
  replay: exploration(shop, {
    ...common,
    events: payments("1"),
    commands: ["cancel", { kind: "replay" }],
    faults: ["meanwhile"],
  }),
};
