// node dbos.mjs <address of a PostgreSQL database>
// DBOS's side of the workload: it lives in the process that starts its instances.
import { DBOS } from "@dbos-inc/dbos-sdk";
import { checkSum, serveLoads } from "./load.mjs";

const [systemDatabaseUrl] = process.argv.slice(2);

const saga = DBOS.registerWorkflow(
  async () => {
    let sum = 0;
    for (let step = 0; step < 5; step += 1) {
      sum += await DBOS.runStep(async () => step, { name: `step${step}` });
    }
    return sum;
  },
  { name: "saga" },
);

DBOS.setConfig({ name: "bench-peer", systemDatabaseUrl, systemDatabasePoolSize: 20, logLevel: "error" });
await DBOS.launch();

serveLoads(async () => checkSum(await saga()));
