/** The time, real or virtual. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Calls `act` once after `ms` milliseconds, never early. Returns its cancellation. */
  after(ms: number, act: () => void): () => void;
}
