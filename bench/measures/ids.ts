import { randomUUID } from "node:crypto";

/**
 * How instances are named: `growing` as UUIDv7 does, the time in front, or `random` as UUIDv4 does. The first
 * lie side by side in an index, each of the second on a page of its own.
 */
export type IdKind = "growing" | "random";

/** A new id. @param at epoch milliseconds */
export function idAt(kind: IdKind, at: number): string {
  const random = randomUUID();
  if (kind === "random") return random;
  const time = at.toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(15)}`;
}
