import { randomUUID } from "node:crypto";
import type { IdSource } from "../ports/id-source.js";

/** Randomness of the machine. */
export class SystemIds implements IdSource {
  /** A random UUID. */
  id(): string {
    return randomUUID();
  }

  random(): number {
    return Math.random();
  }
}
