import { hostname, userInfo } from "node:os";
import type { Actor } from "../core/journal/entry.js";

/** Who runs this command, for the journal. */
export function currentActor(): Actor {
  return { user: userName(), host: hostname() };
}

/** A container may run under a number that has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env.USER ?? `uid ${process.getuid?.() ?? "?"}`;
  }
}
