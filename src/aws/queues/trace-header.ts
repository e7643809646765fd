import { createHash } from "node:crypto";
import type { Envelope } from "../../core/envelope.js";

/**
 * The X-Ray trace of an event: a root of its instance's own. Lambda counts the hops of a chain by the trace
 * that its messages carry, and mixes those of a batch otherwise.
 */
export function traceHeader({ saga, id, sentAt }: Pick<Envelope, "saga" | "id" | "sentAt">): string {
  const seconds = Math.floor(sentAt / 1_000);
  const root = createHash("sha256").update(`${saga}/${id}`).digest("hex").slice(0, 24);
  return `Root=1-${seconds.toString(16).padStart(8, "0")}-${root}`;
}
