import type { VerbParameter } from "../verb.js";

/** The option of what shows, on purpose, what sagas keep to themselves. */
export const unredactedOption: VerbParameter = {
  flags: "--unredacted",
  meaning: "also what the saga's redact list keeps to itself",
};
