import { parseDuration, usage } from "../parse.js";
import type { Verb } from "../verb.js";

const overDefault = "2s";
const overMsMax = 600_000;

/** `backstep backlog`: what waits in the lanes, and how fast it is worked. */
export const backlog: Verb = {
  name: "backlog",
  summary: "show what waits in each lane, how fast it comes and goes, and when it is drained",
  options: [
    {
      flags: "--over <duration>",
      meaning: `how long rates are measured, 1s to 10m (default: ${overDefault})`,
    },
  ],
  examples: ["backstep backlog --over 10s"],
  notes: "DRAINED IN is at the pace that was measured: ∞ where as much comes as goes, or more.",
  async run(_args, { over }, session) {
    const overMs = parseOver(typeof over === "string" ? over : overDefault);
    const { showLanes } = await import("../operate/lane-rows.js");
    return showLanes(session, overMs);
  },
};

function parseOver(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms >= 1_000 && ms <= overMsMax) return ms;
  throw usage(
    `Rates cannot be measured over "${text}".`,
    "Use a duration from 1s to 10m, such as --over 10s.",
  );
}
