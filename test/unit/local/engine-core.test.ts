import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { defineSaga } from "../../../src/core/definition/define-saga.js";
import type { Envelope } from "../../../src/core/envelope.js";
import { EngineCore, type EngineParts, type EngineSettings } from "../../../src/local/engine-core.js";
import { createLocalSagaStore } from "../../../src/local/local-saga-store.js";
import { LocalWakeQueue } from "../../../src/local/local-wake-queue.js";
import { openLocalOperator } from "../../../src/local/operate/local-operator.js";
import { SystemClock } from "../../../src/system/system-clock.js";
import { sampleEnvelope, sampleHead } from "../../contract/samples.js";
import { type TemporaryFolder, temporaryFolder } from "../../contract/temporary-folder.js";
import { gate } from "./store-fixture.js";

const saga = defineSaga({ name: "order", version: 1, input: z.object({}), id: () => "a" })
  .step("one", { run: () => undefined, compensate: "none" })
  .build();

let folder: TemporaryFolder;
let file: string;
let worked: Envelope[];
let work: (envelope: Envelope) => Promise<void>;
let engines: EngineCore[];

beforeEach(() => {
  folder = temporaryFolder();
  file = folder.file("store.db");
  [worked, engines] = [[], []];
  work = async () => undefined;
});
afterEach(async () => {
  for (const engine of engines) await engine.stop();
  folder.remove();
});

const newEngine = (settings: EngineSettings = {}): EngineCore => {
  const parts: EngineParts = {
    clock: new SystemClock(),
    createWorker: () => ({
      work: async ({ body }) => {
        worked.push(body as Envelope);
        await work(body as Envelope);
      },
      deadLetter: async () => undefined,
    }),
    lanes: ["main"],
    laneOf: () => "main",
    accept: async () => undefined,
    isAwaited: () => false,
    problem: (error) => {
      throw error;
    },
  };
  const engine = new EngineCore(file, parts, { pollMs: 1, stopLimitMs: 50, ...settings });
  engines.push(engine);
  return engine;
};
const newEngineAt = async (...ids: string[]): Promise<EngineCore> => {
  const engine = newEngine();
  for (const id of ids) await engine.store.create(sampleHead({ saga: "order", id }, { watchAt: 2 ** 52 }));
  return engine;
};
const untilWorked = async (count: number): Promise<void> => {
  while (worked.length < count) await new Promise((resolve) => setTimeout(resolve, 1));
};
const kinds = () => worked.map(({ kind, id }) => `${kind} ${id}`);

describe("an engine", () => {
  test("keeps what its client sends before it starts, and works it then", async () => {
    const engine = newEngine();
    await engine.queue.send("main", sampleEnvelope("a", 1));
    expect(worked).toEqual([]);
    await engine.start();
    await untilWorked(1);
    expect(kinds()).toEqual(["lane a"]);
  });

  test("works what another connection sends while it runs", async () => {
    await newEngine().start();
    const store = createLocalSagaStore(file);
    await new LocalWakeQueue(store).send("main", sampleEnvelope("a", 1));
    await untilWorked(1);
    await store.close();
    expect(kinds()).toEqual(["lane a"]);
  });

  test("works as many events of a lane at once as another process says while it runs", async () => {
    const door = gate();
    work = () => door.passed;
    const operator = openLocalOperator({ file, sagas: [saga] });
    const by = { actor: { user: "ann" } };
    await operator.desk.setConcurrency("main", 1, by);
    const engine = newEngine();
    await engine.start();
    for (const id of ["a", "b", "c"]) await engine.queue.send("main", sampleEnvelope(id, 1));
    await untilWorked(1);
    expect(worked).toHaveLength(1);
    expect(await operator.desk.setConcurrency("main", 3, by)).toBe(1);
    await untilWorked(3);
    door.open();
    await operator.close();
  });

  test("is idle when nothing waits or is worked", async () => {
    const door = gate();
    work = () => door.passed;
    const engine = newEngine();
    await engine.start();
    await engine.idle();
    await engine.queue.send("main", sampleEnvelope("a", 1));
    let isIdle = false;
    const idle = engine.idle().then(() => {
      isIdle = true;
    });
    await untilWorked(1);
    expect(isIdle).toBe(false);
    door.open();
    await idle;
  });

  test("works a crowd that is sent at once, more than its memory is meant for", async () => {
    const engine = newEngine();
    await engine.start();
    const ids = Array.from({ length: 11_000 }, (_, at) => `o-${at}`);
    await Promise.all(ids.map((id) => engine.queue.send("main", sampleEnvelope(id, 1))));
    await untilWorked(ids.length);
    expect(new Set(worked.map(({ id }) => id)).size).toBe(ids.length);
  });

  test("lets handlers end before it stops, and leaves what does not end in time to the next", async () => {
    const engine = await newEngineAt("slow", "stuck");
    const door = gate();
    work = ({ id }) => (id === "slow" ? door.passed : new Promise(() => undefined));
    await engine.start();
    await untilWorked(2);
    const stopped = engine.stop();
    door.open();
    await stopped;
    worked = [];
    work = async () => undefined;
    await newEngine().start();
    await untilWorked(2);
    expect(kinds()).toEqual(["watch stuck", "resume slow"]);
  });

  test("leaves the file alone whole when it stops, and stops twice without harm", async () => {
    const engine = await newEngineAt("a");
    await engine.start();
    await engine.stop();
    await engine.stop();
    const store = createLocalSagaStore(file);
    expect((await store.list({ limit: 10 })).heads).toHaveLength(1);
    await store.close();
  });

  test("cannot be used after it stopped", async () => {
    const engine = newEngine();
    await engine.start();
    await engine.stop();
    await expect(engine.queue.send("main", sampleEnvelope("a", 1))).resolves.toBeUndefined();
    await expect(engine.store.head({ saga: "order", id: "a" })).rejects.toThrow(/is closed/);
  });
});

describe("a second engine", () => {
  test("is refused, and may be stopped all the same", async () => {
    await newEngine().start();
    const second = newEngine();
    await expect(second.start()).rejects.toMatchObject({
      code: "STORE_LOCKED",
      details: { pid: process.pid },
    });
    await second.stop();
  });

  test("that stands by takes over", async () => {
    const first = await newEngineAt("a");
    await first.start();
    await untilWorked(1);
    const second = newEngine({ ifLocked: "wait" });
    const started = second.start();
    await first.stop();
    await started;
    await untilWorked(2);
    expect(kinds()).toEqual(["resume a", "resume a"]);
  });

  test("that stands by can be stopped", async () => {
    await newEngine().start();
    const second = newEngine({ ifLocked: "wait" });
    const started = second.start();
    await second.stop();
    await started;
  });
});
