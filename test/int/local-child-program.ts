import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { isSagaError } from "../../src/errors/saga-error.js";
import { backupStore } from "../../src/local/backup-store.js";
import { createLocalEngine, openLocalClient } from "../../src/local/index.js";
import { tour } from "./local-tour.js";

/**
 * `engine <file> <log>` works a store until it is killed; `client <file>` starts a tour for each id that it
 * is told.
 */
async function main(role = "", file = "", log = ""): Promise<void> {
  if (role === "engine") {
    const services = {
      note: async (line: string) => {
        await sleep(Math.random() * 4);
        appendFileSync(log, `${line}\n`);
      },
    };
    const engine = createLocalEngine({ file, sagas: [tour], services });
    await engine.start();
    console.log("started");
    return;
  }
  if (role === "backup") {
    const copied = backupStore(file, log);
    console.log("copying");
    await copied;
    return;
  }
  const client = openLocalClient({ file, sagas: [tour] });
  console.log("started");
  for await (const id of createInterface({ input: process.stdin })) {
    await client.start("tour", { id });
    console.log(`accepted ${id}`);
  }
}

main(...process.argv.slice(2)).catch((error: unknown) => {
  console.log(isSagaError(error) ? error.code : String(error));
  process.exitCode = 1;
});
