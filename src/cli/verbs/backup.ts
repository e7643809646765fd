import { relative, resolve } from "node:path";
import { instancesText, sizeText } from "../counts-text.js";
import { tellProgress } from "../progress.js";
import type { Verb } from "../verb.js";

/** `backstep backup`: copies the store while it is used. */
export const backup: Verb = {
  name: "backup",
  summary: "copy the store to a file, also while an engine runs",
  args: [{ flags: "<file>", meaning: "where the copy goes; its folder is made" }],
  options: [{ flags: "--force", meaning: "overwrite a file that is there" }],
  examples: ["backstep backup backups/monday.db"],
  notes:
    "The copy is of one moment. It is made beside its place and moved there when it is whole; a backup\n" +
    "that was killed leaves files that end in .part and .part-journal, to be removed.\n" +
    "See also verify and restore.",
  noStage: "it is for the embedded engine's file; a stage's table has point-in-time recovery",
  async run([file = ""], { force }, session) {
    const store = session.storeFile(await session.anyConfig());
    const target = resolve(session.cwd, file);
    const startedAt = session.clock.now();
    const { backupStore } = await import("../../local/backup-store.js");
    const counts = await backupStore(store, target, {
      force: force === true,
      onProgress: tellProgress(session, "copied"),
    });
    const tookMs = session.clock.now() - startedAt;
    const took = `${(tookMs / 1_000).toFixed(1)} s`;
    const what = `${sizeText(counts.bytes)}, ${instancesText(counts)}`;
    return {
      json: { file: target, ...counts, tookMs },
      text: ({ colors }) =>
        `${colors.green("Backed up")} to ${relative(session.cwd, target)} in ${took}: ${what}`,
    };
  },
};
