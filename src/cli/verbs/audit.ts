import type { Verb } from "../verb.js";

/** `backstep audit`: compares what was sent with what was applied. */
export const audit: Verb = {
  name: "audit",
  summary: "compare what was sent with what was applied, and heal what does not fit",
  args: [{ flags: "[saga/id]", meaning: "only this instance (default: all)" }],
  options: [
    {
      flags: "--since <time>",
      meaning: "only instances that have changed since: 15m, 2d, or an ISO 8601 time",
    },
    { flags: "--fix", meaning: "heal heads, watch times and index rows; journals are never changed" },
  ],
  examples: ["backstep audit --since 1d", "backstep audit --fix"],
  notes:
    "It reads every instance: entry numbers, effects owed, heads against journals, the index against\n" +
    "heads, mail that nobody looks at. What does not fit is read twice. Exits with 1 while gaps are left.",
  async run([name], options, session) {
    const { runAudit } = await import("../operate/run-audit.js");
    return runAudit(session, name, options);
  },
};
