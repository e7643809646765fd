import type { Cause } from "../../src/core/diagnosis/finding.js";
import type { EndStatus } from "../../src/core/journal/entry.js";
import type { RepairWorld } from "./repair-world.js";

/** A way to break a system, what is said of it then, and what mends it. */
export interface Way {
  /** What happens, as a fact. */
  readonly title: string;
  readonly saga: "order" | "invoice" | "parcel" | "old";
  /** What brings that about. Default it is started. */
  readonly break: (world: RepairWorld, id: string) => Promise<unknown>;
  readonly cause: Cause;
  /** What `doctor` says of it. */
  readonly problem: RegExp;
  /** What `stuck` says of it; `undefined`: it needs nobody who did not want it so. */
  readonly reason?: RegExp;
  /** What a person does before the command. Default the order's mood is mended. */
  readonly mend?: (world: RepairWorld, id: string) => Promise<unknown>;
  /** Which of the printed commands is run. Default the one that mends it. */
  readonly choose?: RegExp;
  /** What a person puts where the printed command says `…`, and answers. */
  readonly fill?: readonly [said: string, instead: string];
  /** What makes the instance end when it goes on. Default nothing. */
  readonly after?: (world: RepairWorld, id: string) => Promise<unknown>;
  readonly end: EndStatus;
  /** Whether a command is appended: that needs transactions. */
  readonly givesCommand: boolean;
  /** Where it cannot be made, and why. */
  readonly not?: { readonly engine?: string; readonly stage?: string };
}

const hour = 3_600_000;

const start = ({ run }: RepairWorld, saga: string, id: string) =>
  run("start", saga, "--input", JSON.stringify({ orderId: id }));

const inMood =
  (mood: string, saga = "order") =>
  async (world: RepairWorld, id: string) => {
    world.moods.set(id, mood);
    await start(world, saga, id);
  };

const paid = async ({ run }: RepairWorld, id: string) =>
  run("signal", "paid", "--payload", JSON.stringify({ orderId: id }));

const heldBy = (verb: string) => async (world: RepairWorld, id: string) => {
  await start(world, "invoice", id);
  await world.run("wait", `invoice/${id}`, "--for", "waiting", "--timeout", "20s");
  await world.run(verb, `invoice/${id}`, "--reason", "the bank is closed", "--yes");
};

const parkedStep = { saga: "order", cause: "parkedStep", givesCommand: true } as const;
const parkedUndo = {
  saga: "order",
  cause: "parkedCompensation",
  givesCommand: true,
  end: "compensated",
} as const;

/** By the causes that `doctor` names. */
export const ways: readonly Way[] = [
  {
    ...parkedStep,
    title: "a step that fails is tried again",
    break: inMood("broken"),
    problem: /^The step "charge" is parked: .*no answer.*TypeError: the socket is closed/,
    reason: /charge: .*no answer/,
    end: "completed",
  },
  {
    ...parkedStep,
    title: "a step that fails is done by hand",
    break: inMood("broken"),
    problem: /"charge"/,
    reason: /charge/,
    mend: async () => undefined,
    choose: / resolve /,
    fill: ["{…}", '{"receipt":"by hand"}'],
    end: "completed",
  },
  {
    ...parkedStep,
    title: "a step after the pivot is run again",
    break: inMood("unshipped"),
    problem: /^The step "ship" is parked: .*the carrier is closed/,
    reason: /ship: .*closed/,
    choose: / replay .* --from ship\b/,
    end: "completed",
  },
  {
    ...parkedStep,
    title: "a step lacks a permission",
    break: inMood("denied"),
    cause: "missingPermission",
    problem: /^The step "charge" may not do what it tries: AccessDenied: .*s3:PutObject/,
    reason: /charge: .*not authorized/,
    choose: / retry /,
    end: "completed",
  },
  {
    ...parkedUndo,
    title: "a compensation that fails is tried again",
    break: inMood("sticky"),
    problem: /^The compensation of "reserve" is parked: .*the shelf is locked/,
    reason: /reserve: .*locked/,
  },
  {
    ...parkedUndo,
    title: "a compensation that fails is waived",
    break: inMood("sticky"),
    problem: /"reserve"/,
    reason: /locked/,
    mend: async () => undefined,
    choose: / waive /,
    fill: ["--reason '…'", "--reason 'the shelf was emptied' --yes"],
  },
  {
    ...parkedUndo,
    title: "a compensation that fails is done by hand",
    break: inMood("sticky"),
    problem: /"reserve"/,
    reason: /locked/,
    mend: async () => undefined,
    choose: / resolve /,
  },
  {
    title: "a step fails many times and goes on trying",
    saga: "parcel",
    break: inMood("broken", "parcel"),
    cause: "manyRetries",
    problem: /^The step "send" has failed [5-9] times and tries again in .*: the road is closed/,
    reason: /has failed/,
    end: "completed",
    givesCommand: true,
  },
  {
    title: "an event fails each delivery",
    saga: "order",
    break: inMood("cursed"),
    cause: "deadLetter",
    problem: /^Its event was given up after \d deliveries: .* It is kept as /,
    reason: /its event was given up/,
    end: "completed",
    givesCommand: true,
  },
  {
    title: "somebody has paused it",
    saga: "invoice",
    break: heldBy("pause"),
    cause: "held",
    problem: /paused/,
    after: paid,
    end: "completed",
    givesCommand: true,
  },
  {
    title: "somebody has set it aside",
    saga: "invoice",
    break: heldBy("shed"),
    cause: "held",
    problem: /shed/,
    after: paid,
    end: "completed",
    givesCommand: true,
  },
  {
    title: "its version is retired",
    saga: "old",
    break: async (world, id) => {
      await world.stopWorkers();
      await start(world, "old", id);
      await world.declare("old2");
      await world.startWorkers();
    },
    cause: "retiredVersion",
    problem: /^Version 1 of the saga "old" is not declared; declared: 2/,
    reason: /not declared/,
    mend: (world) => world.declare("old1, old2"),
    end: "completed",
    givesCommand: true,
  },
  {
    title: "its starter died before it sent the event",
    saga: "order",
    break: ({ plant, isStage }, id) =>
      plant("order", id, { agoMs: hour, watchInMs: isStage ? -hour / 4 : hour / 2 }),
    cause: "lostEvent",
    problem: /^The step "reserve" was to be called 1h.* ago, and no event carries it/,
    reason: /no event carries it|no progress/,
    end: "completed",
    givesCommand: false,
  },
  {
    title: "its queue was purged",
    saga: "order",
    break: async (world, id) => {
      await world.stopWorkers();
      await world.plant("order", id, { agoMs: hour, watchInMs: -hour / 4, sends: true });
      await world.purge();
      await world.startWorkers();
    },
    cause: "lostEvent",
    problem: /no event carries it/,
    reason: /no progress/,
    end: "completed",
    givesCommand: false,
    not: { engine: "an engine that starts looks at all that is open" },
  },
  {
    title: "its timer is lost",
    saga: "invoice",
    break: ({ plant, isStage }, id) =>
      plant("invoice", id, { agoMs: hour, watchInMs: isStage ? -hour / 4 : hour }),
    cause: "lostTimer",
    problem: /^The timer of "payment" was due 30m.* ago, and nobody came/,
    end: "completed",
    givesCommand: false,
  },
  {
    title: "it is not in the index",
    saga: "order",
    break: async ({ plant, dropFromIndex }, id) => {
      await plant("order", id, { agoMs: hour, watchInMs: hour / 2 });
      await dropFromIndex("order", id);
    },
    cause: "unwatched",
    problem: /nobody will look at it again/,
    end: "completed",
    givesCommand: false,
  },
  {
    title: "a worker took its event and died",
    saga: "order",
    break: async (world, id) => {
      await world.stopWorkers();
      await world.plant("order", id, { agoMs: hour, watchInMs: -hour / 4, sends: true });
      await world.takeEvents("order", id);
      await world.startWorkers();
    },
    cause: "blockedGroup",
    problem: /In its lane "main" are events, 1 not acknowledged/,
    reason: /no progress/,
    end: "completed",
    givesCommand: false,
    not: { engine: "it knows what it works; a process that is killed is another test" },
  },
  {
    title: "events wait behind a long call",
    saga: "order",
    break: async (world, id) => {
      world.moods.set(id, "slow");
      await world.plant("order", id, { agoMs: hour, watchInMs: hour / 2, sends: true });
      for (let count = 0; count < 20; count += 1) await world.send("order", id);
    },
    cause: "blockedGroup",
    problem: /^An event of it has been worked for .*, at "reserve"; 2\d events wait behind it/,
    reason: /events wait behind it/,
    end: "completed",
    givesCommand: false,
    not: { stage: "its queues do not tell whose events they hold" },
  },
];
