import { defineEvent, defineSaga } from "backstep";
import { createMemoryWorld, type MemoryWorld } from "backstep/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { groupOf } from "../../../../src/core/envelope.js";
import { loadExisting } from "../../../../src/runtime/load.js";
import { diagnose } from "../../../../src/runtime/operate/diagnose.js";
import { expectation } from "../../../../src/runtime/operate/diagnose-motion.js";
import {
  type InstanceFacts,
  knownFacts,
  type Surveyed,
} from "../../../../src/runtime/operate/instance-facts.js";

const input = z.object({ id: z.string() });
const id = ({ id }: { id: string }) => id;
const Asked = defineEvent({ name: "asked", payload: input });

function fails(error: Error) {
  return defineSaga({ name: "job", version: 1, input, id })
    .pivot("act", { run: () => Promise.reject(error), retry: { attempts: 2 } })
    .build();
}

const long = { attempts: "unlimited", backoff: { initial: { minutes: 50 }, factor: 1 } } as const;
const late = defineSaga({ name: "job", version: 1, input, id, deadline: { hours: 2 } })
  .pivot("act", { run: () => {} })
  .step("tell", { run: () => Promise.reject(new Error("nobody hears")), retry: long })
  .build();

const waiting = defineSaga({ name: "job", version: 1, input, id })
  .waitFor("answer", { event: Asked, id, within: { hours: 9 }, onTimeout: "continue", compensate: "none" })
  .build();

const quick = defineSaga({ name: "job", version: 1, input, id })
  .pivot("act", { run: () => {} })
  .build();

const loops = defineSaga({ name: "job", version: 1, input, id })
  .pivot("act", { run: () => {}, fuse: false })
  .step("tell", { run: () => {}, fuse: false })
  .build();

const torn = defineSaga({ name: "job", version: 1, input, id })
  .step("act", { run: () => {}, compensate: "none" })
  .build(() => {
    throw new Error("no such result");
  });

const secret = defineSaga({
  name: "job",
  version: 1,
  input: z.object({ id: z.string(), card: z.string() }),
  id,
  redact: ["card"],
})
  .pivot("act", {
    run: ({ input: { card } }) => Promise.reject(new Error(`card ${card} is stolen`)),
    retry: { attempts: 1 },
  })
  .build();

const eager = { attempts: "unlimited", backoff: { initial: { minutes: 1 }, factor: 1 } } as const;
const tries = defineSaga({ name: "job", version: 1, input, id })
  .pivot("act", {
    output: z.object({ at: z.number() }),
    run: () => Promise.reject(new Error("nobody answers")),
    retry: eager,
  })
  .build();

const ref = { saga: "job", id: "j-1" };
const minute = 60_000;
const onStage = { isStage: true, lanes: [], deployed: undefined, skipped: [] } satisfies Surveyed;
const onEngine = { ...onStage, isStage: false };

async function factsOf(world: Pick<MemoryWorld, "store" | "registry" | "clock">, surveyed: Surveyed) {
  return knownFacts(world, await loadExisting(world.store, ref), surveyed);
}

/** Of an instance that was started, and of which every event since is lost. */
async function lostFacts(
  saga: typeof quick,
  surveyed: Surveyed,
  afterMinutes: number,
): Promise<InstanceFacts> {
  const world = createMemoryWorld({ sagas: [saga], services: {} });
  await world.start("job", { id: "j-1" });
  world.purge("main");
  const facts = await factsOf(world, surveyed);
  return { ...facts, now: facts.now + afterMinutes * minute };
}

const causes = (facts: InstanceFacts) => diagnose(facts).map(({ cause }) => cause);

describe("what stands still", () => {
  it.each([
    ["a deadline after the pivot", "parkedInstance", late, { hours: 3 }, /: deadline passed/],
    [
      "what is computed at the end",
      "parkedHandler",
      torn,
      { hours: 3 },
      /at its end is parked: .*no such result/,
    ],
    [
      "a call that somebody throttles",
      "throttled",
      fails(Object.assign(new Error("slow down"), { name: "ThrottlingException" })),
      { hours: 1 },
      /"act" calls faster than somebody allows/,
    ],
    [
      "a permission that lacks, deep in a chain",
      "missingPermission",
      fails(new Error("no receipt", { cause: new Error("User: x is not authorized to perform: ses:Send") })),
      { hours: 1 },
      /no receipt, caused by User: x is not authorized/,
    ],
  ] as const)("is named (%s)", async (_, cause, saga, pause, problem) => {
    const world = createMemoryWorld({ sagas: [saga], services: {} });
    await world.start("job", { id: "j-1" });
    await world.advance(pause);
    const found = diagnose(await factsOf(world, onStage)).find((finding) => finding.cause === cause);
    expect(found).toMatchObject({
      instance: groupOf(ref),
      problem: expect.stringMatching(problem),
      isSafe: false,
    });
  });

  it("is named (a runaway loop)", async () => {
    const world = createMemoryWorld({ sagas: [loops], services: {}, settings: { hopsMax: 0 } });
    await world.start("job", { id: "j-1" });
    await world.advance({ minutes: 1 });
    expect(diagnose(await factsOf(world, onEngine))).toMatchObject(
      [
        {
          cause: "parkedInstance",
          problem: /^It goes round in a loop: more than 0 events/,
          command: "retry job/j-1",
        },
      ].map((one) => ({ ...one, problem: expect.stringMatching(one.problem) })),
    );
  });

  it("names only what a pivot that goes on trying would take: no waiver, no replay", async () => {
    const world = createMemoryWorld({ sagas: [tries], services: {} });
    await world.start("job", { id: "j-1" });
    await world.advance({ minutes: 10 });
    expect(diagnose(await factsOf(world, onEngine))).toMatchObject([
      { cause: "manyRetries", alternatives: ["resolve job/j-1 act --output '{…}'"] },
    ]);
  });

  it("is told without what its saga keeps to itself", async () => {
    const world = createMemoryWorld({ sagas: [secret], services: {} });
    await world.start("job", { id: "j-1", card: "4711-0815" });
    await world.advance({ minutes: 1 });
    const [found] = diagnose(await factsOf(world, onEngine));
    expect(found?.problem).toContain("[redacted]");
    expect(found?.problem).not.toContain("4711");
  });
});

describe("a version", () => {
  const origin = { saga: "job", version: 1 };

  it("is retired where it is not deployed, whatever the configuration at hand declares", async () => {
    const facts = await lostFacts(
      quick,
      { ...onStage, deployed: [{ ...origin, fingerprint: "another" }] },
      0,
    );
    expect(diagnose(facts)).toMatchObject([{ cause: "retiredVersion", command: "deploy" }]);
  });

  it("is not retired where it is deployed and the configuration at hand lacks it", async () => {
    const facts = await lostFacts(quick, onStage, 0);
    const { fingerprint } = facts.instance.head.origin;
    const world = createMemoryWorld({ sagas: [], services: undefined });
    const deployed = [{ ...origin, fingerprint }];
    expect(causes(knownFacts(world, facts.instance, { ...onStage, deployed }))).toEqual([]);
  });
});

describe("an instance on a stage", () => {
  it("is left to its event until its watch time has passed", async () => {
    const facts = await lostFacts(quick, onStage, 4);
    expect(causes(facts)).toEqual([]);
    expect(expectation(facts)).toBe(
      'The step "act" was to be called 4m ago. If its event is lost, it is looked at in 1m.',
    );
  });

  it("has lost its event where its lane is empty, and is behind another where it is not", async () => {
    const facts = await lostFacts(quick, onStage, 8);
    expect(diagnose(facts)).toMatchObject([
      { cause: "lostEvent", command: "doctor job/j-1 --fix", isSafe: true },
    ]);
    const lane = { lane: "main", visible: 0, inFlight: 1, delayed: 0 };
    expect(causes({ ...facts, lane })).toEqual(["blockedGroup"]);
  });

  it("that only waits has lost its domain event soon: no call can be interrupted", async () => {
    const world = createMemoryWorld({ sagas: [waiting], services: {} });
    await world.start("job", { id: "j-1" });
    await world.settle();
    const payload = { id: "j-1" };
    await world.store.putMail(ref, { id: "m-1", event: "asked", payload, receivedAt: world.clock.now() });
    const facts = await factsOf(world, onStage);
    expect(causes(facts)).toEqual([]);
    expect(diagnose({ ...facts, now: facts.now + 3 * minute })).toMatchObject([
      { cause: "lostEvent", problem: expect.stringContaining('"asked" (m-1)'), isSafe: true },
    ]);
  });

  it("is not in the index only once that had time to follow", async () => {
    const facts = { ...(await lostFacts(quick, onStage, 1)), indexed: undefined };
    expect(causes(facts)).toEqual([]);
    expect(causes({ ...facts, now: facts.now + 2 * minute })).toEqual(["unwatched"]);
  });
});

describe("an instance of an engine", () => {
  it("has lost its event as soon as nothing is on its way", async () => {
    const facts = await lostFacts(quick, onEngine, 1);
    expect(causes({ ...facts, group: { isInWork: false, waiting: 0 } })).toEqual(["lostEvent"]);
  });

  it.each([
    ["its event waits", { isInWork: false, waiting: 1 }, 0],
    ["its event is worked and none waits behind it", { isInWork: true, waiting: 0 }, 0],
    ["its lane has a backlog", { isInWork: false, waiting: 0 }, 7],
  ])("needs nobody (%s)", async (_, group, visible) => {
    const facts = await lostFacts(quick, onEngine, 1);
    const lane = { lane: "main", visible, inFlight: 0, delayed: 0 };
    expect(causes({ ...facts, group, lane })).toEqual([]);
  });

  it("that has ended has nothing to be said of but its messages", async () => {
    const world = createMemoryWorld({ sagas: [quick], services: {} });
    await world.start("job", { id: "j-1" });
    await world.advance({ hours: 1 });
    const message = {
      id: "q-1",
      kind: "unreadable",
      source: "main",
      reason: "no JSON",
      body: "",
      at: 0,
      receives: 1,
    };
    const facts = { ...(await factsOf(world, onEngine)), kept: [message] } as InstanceFacts;
    expect(diagnose(facts)).toMatchObject([{ cause: "unreadableMessage", command: "quarantine show q-1" }]);
    expect(causes({ ...facts, kept: [] })).toEqual([]);
  });
});
