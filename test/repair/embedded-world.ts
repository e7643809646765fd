import { join } from "node:path";
import type { BackstepConfig } from "backstep";
import { createLocalEngine, type LocalEngine } from "backstep/local";
import { loadConfig } from "../../src/cli/load-config.js";
import { openStoreDatabase } from "../../src/local/local-database.js";
import { LocalSagaStore } from "../../src/local/local-saga-store.js";
import { LocalWakeQueue } from "../../src/local/local-wake-queue.js";
import { prepareStart } from "../../src/runtime/client.js";
import { envelope } from "../../src/runtime/events.js";
import { createRegistry } from "../../src/runtime/registry.js";
import { SystemClock } from "../../src/system/system-clock.js";
import { createCliWorld } from "../aws-e2e/cli-world.js";
import { type CliProject, createCliProject } from "../e2e/cli-project.js";
import { config, repairProject } from "./repair-project.js";
import { type RepairWorld, wordsOf } from "./repair-world.js";

/** The embedded engine: in this process, on a file. */
export async function openEmbeddedWorld(): Promise<RepairWorld & { readonly project: CliProject }> {
  const project = createCliProject(repairProject);
  const file = join(project.folder, ".backstep/local.db");
  const cli = createCliWorld(project.folder, []);
  const moods = new Map<string, string>();
  const cursed = {
    at: (_point: string, { id }: { readonly id: string }) => {
      if (moods.get(id) === "cursed") throw new Error("the worker stumbles");
    },
  };
  const load = async (): Promise<BackstepConfig> =>
    (await loadConfig(`${project.folder}/backstep.config.ts`)).config;
  let engine: LocalEngine | undefined;

  async function startWorkers(): Promise<void> {
    const { sagas } = await load();
    const limits = { receivesMax: 2, redeliveryMs: 5 };
    engine = createLocalEngine({ file, sagas, services: { moods }, faults: cursed, ...limits });
    await engine.start();
  }

  async function stopWorkers(): Promise<void> {
    await engine?.stop();
    engine = undefined;
  }

  await startWorkers();
  const store = new LocalSagaStore(openStoreDatabase(file, { create: false }));
  return {
    project,
    isStage: false,
    moods,
    run: cli.run,
    type: (line) => cli.run(...wordsOf(line)),
    follow: cli.follow,
    startWorkers,
    stopWorkers,
    async plant(saga, id, { agoMs, watchInMs, sends = false }) {
      const registry = createRegistry((await load()).sagas, { workerTimeoutMs: 1_000 });
      const clock = new SystemClock();
      const past = { now: () => clock.now() - agoMs, after: clock.after.bind(clock) };
      const { head, lane, first } = prepareStart({ registry, clock: past }, saga, { orderId: id });
      await store.create({ ...head, watchAt: clock.now() + watchInMs });
      if (sends) await new LocalWakeQueue(store).send(lane, first);
    },
    async declare(old) {
      project.write("backstep.config.ts", config(old));
      if (engine === undefined) return;
      await stopWorkers();
      await startWorkers();
    },
    ...breakFile(store),
    async close() {
      await stopWorkers();
      await store.close();
      await project.remove();
    },
  };
}

/** What can be done to a file behind the back of its engine. */
function breakFile(store: LocalSagaStore) {
  const at = "WHERE saga = ? AND id = ?";
  let sent = 0;
  return {
    send: async (saga, id) => {
      sent += 1;
      const facts = { kind: "mail", seq: 0, cause: `m-${sent}`, gen: 0, hops: 0 } as const;
      await new LocalWakeQueue(store).send("main", envelope({ saga, id }, new SystemClock(), facts));
    },
    purge: async () => void (await store.run("DELETE FROM backstep_wakes", [])),
    takeEvents: async () => {
      throw new Error("an engine takes what is in its file; kill one in its place");
    },
    dropFromIndex: async (saga, id) =>
      void (await store.run(`UPDATE backstep_instances SET watch_at = NULL ${at}`, [saga, id])),
    poison: async (body) =>
      void (await store.run("INSERT INTO backstep_wakes (lane, body) VALUES ('main', ?)", [body])),
    edit: async (saga, id) =>
      void (await store.run(
        `DELETE FROM backstep_journal WHERE n = 1 AND instance = (SELECT key FROM backstep_instances ${at})`,
        [saga, id],
      )),
  } satisfies Partial<RepairWorld>;
}
