/** The engine in every combination of a few faults, on small sagas that together have all that is hard. */
import { explore } from "backstep/testing";
import { describe, expect, it } from "vitest";
import { explorations, layouts } from "./explorations/explorations.js";

describe.each(layouts)("explorations ($name)", ({ name: _, ...layout }) => {
  it.each(Object.entries(explorations))(
    "G1-G9: %s: whatever fails, everything holds",
    async (_title, { saga, options }) => {
      const report = await explore(saga, { ...options, ...layout });
      expect(report.complete).toBe(true);
      expect(report.runs).toBeGreaterThan(1);
    },
    60_000,
  );
});
