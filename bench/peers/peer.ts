import type { PeerProcess } from "./peer-process.js";

/** Another engine that the same workload runs on. */
export interface Peer {
  /** Begins the names of its rows. */
  readonly name: "restate" | "dbos";
  /** Why it cannot run here, and what to do about it; `undefined` where it can. */
  findObstacle(): string | undefined;
  /**
   * Starts its servers over an empty store and stops them after `use`, however that ends.
   * @param folder an empty one, on the project's disk
   */
  run<T>(folder: string, use: (peer: PeerProcess) => Promise<T>): Promise<T>;
}
