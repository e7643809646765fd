import { defineSaga, needs } from "backstep";
import { exploration } from "backstep/testing";
import { base, booking, common, mild, payment, payments, type Services, soldOut } from "./parts.js";

const fork = defineSaga({ ...base, name: "fork", services: needs<Services>() })
  .step("begin", booking(0))
  .parallel(
    "both",
    (b) => b.step("slow", { ...booking(8), timeout: { seconds: 30 } }),
    (b) => b.waitFor("payment", { ...payment, within: { seconds: 5 }, onTimeout: "continue" }),
  )
  .step("after", booking(0))
  .build();

const patient = defineSaga({ ...base, name: "patient", services: needs<Services>() })
  .waitFor("payment", payment)
  .step("seat", booking(0))
  .build();

const hasty = defineSaga({ ...base, name: "hasty", services: needs<Services>() })
  .step("seat", soldOut)
  .waitFor("payment", payment)
  .build();

const twice = defineSaga({ ...base, name: "twice", services: needs<Services>() })
  .step("seat", booking(1))
  .parallel(
    "both",
    (b) => b.waitFor("deposit", payment),
    (b) => b.waitFor("rest", payment),
  )
  .step("room", booking(0))
  .build();

const brief = defineSaga({ ...base, name: "brief", services: needs<Services>() })
  .step("seat", booking(0))
  .waitFor("payment", { ...payment, within: { minutes: 5 }, onTimeout: "continue" })
  .step("room", booking(0))
  .build();

const days = defineSaga({ ...base, name: "days", services: needs<Services>() })
  .step("seat", booking(0))
  .waitFor("payment", { ...payment, within: { hours: 20 } })
  .step("room", booking(0))
  .step("meal", booking(0))
  .build();

const two = defineSaga({ ...base, name: "two", services: needs<Services>() })
  .step("seat", booking(0))
  .waitFor("deposit", { ...payment, within: { minutes: 3 } })
  .step("room", booking(0))
  .waitFor("rest", { ...payment, within: { minutes: 3 } })
  .step("meal", booking(0))
  .build();

/** Waits: beside a slow step, without a limit, two for one event, for minutes, for days. */
export const waits = {
  "a late event while its instance is closed": exploration(hasty, {
    ...common,
    events: payments("1"),
    faults: ["crash", "meanwhile", "purged"],
    maxFaults: 3,
  }),
  "a wait beside a slow step": exploration(fork, {
    ...common,
    events: payments("1"),
    commands: ["cancel"],
    maxFaults: 1,
  }),
  "a wait beside a slow step, where nothing is lost": exploration(fork, {
    ...common,
    events: payments("1"),
    faults: mild,
  }),
  "a wait without a limit, and what comes meanwhile": exploration(patient, {
    ...common,
    events: payments("0"),
    commands: ["cancel"],
    faults: ["meanwhile", "lost"],
  }),
  "two waits for one event": exploration(twice, { ...common, events: payments("1", "2"), faults: mild }),
  "a wait for minutes, by clocks that are off": exploration(brief, { ...common, faults: ["skewed"] }),
  "two waits for one event, one after the other": exploration(two, {
    ...common,
    events: payments("1", "2"),
    commands: ["cancel"],
    maxFaults: 1,
  }),
  "a wait for days": exploration(days, {
    ...common,
    events: payments("1"),
    maxFaults: 1,
  }),
};
