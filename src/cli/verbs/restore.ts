import { existsSync } from "node:fs";
import { relative, resolve } from "node:path";
import { instancesText } from "../counts-text.js";
import { tellProgress } from "../progress.js";
import type { Verb } from "../verb.js";

/** `backstep restore`: puts a backup into the store's place. */
export const restore: Verb = {
  name: "restore",
  summary: "put a backup into the place of the store",
  args: [{ flags: "<backup>", meaning: "the file that backstep backup made; it stays" }],
  options: [{ flags: "--yes", meaning: "do not ask; needed where there is no terminal" }],
  examples: ["backstep restore backups/monday.db"],
  notes:
    "The backup is verified first. The present store is kept beside its place, as <store>.before-<time>.\n" +
    "Nobody may use the store meanwhile. Instances go on from where the backup knows them: steps that\n" +
    "were called since are called again, under the same idempotency keys. Send again what came in since,\n" +
    "before an engine runs.",
  noStage: "it is for the embedded engine's file; a stage's table has point-in-time recovery",
  async run([backup = ""], { yes }, session) {
    const store = session.storeFile(await session.anyConfig());
    const shown = relative(session.cwd, store);
    const isThere = existsSync(store);
    if (
      isThere &&
      yes !== true &&
      !(await session.confirm(`Replace the store ${shown}? It is kept beside.`))
    ) {
      return { json: { restored: false }, text: () => "Nothing was changed.", exitCode: 1 };
    }
    const { restoreStore } = await import("../../local/restore-store.js");
    const { report, before } = await restoreStore(store, resolve(session.cwd, backup), {
      now: session.clock.now(),
      onProgress: tellProgress(session, "looked over"),
    });
    const { bytes, instances } = report;
    return {
      json: { restored: true, store, before: before ?? null, bytes, instances },
      text: ({ colors }) =>
        [
          `${colors.green("Restored")} ${shown}: ${instancesText(report)}`,
          ...(before === undefined ? [] : [`The store from before is ${relative(session.cwd, before)}`]),
        ].join("\n"),
    };
  },
};
