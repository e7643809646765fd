import { isSagaError } from "../../errors/saga-error.js";
import { awsError } from "../aws-error.js";

/** What an error says, in a sentence. */
export function saidOf(error: unknown): string {
  const meant = awsError(error);
  if (isSagaError(meant)) return meant.problem;
  if (!(meant instanceof Error)) return `${meant}`;
  const [line = ""] = meant.message.trim().split("\n");
  return `${[meant.name, line.replace(/\.$/, "")].filter((text) => text !== "").join(": ")}.`;
}
