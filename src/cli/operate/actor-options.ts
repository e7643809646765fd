import type { VerbOptions, VerbParameter } from "../verb.js";

/** The options of whatever changes an instance: who does it and why, for the journal. */
export const actorOptions: readonly VerbParameter[] = [
  { flags: "--reason <text>", meaning: "why, for the journal and for whoever reads it" },
  { flags: "--as <name>", meaning: "who does it, for the journal (default: the user of this process)" },
];

/** The option of what asks before it acts. */
export const yesOption: VerbParameter = {
  flags: "--yes",
  meaning: "do not ask; needed where there is no terminal",
};

/** Why it is done; `{}` where nobody says. */
export function readReason({ reason }: VerbOptions): { readonly reason?: string } {
  return typeof reason === "string" && reason.trim() !== "" ? { reason } : {};
}
