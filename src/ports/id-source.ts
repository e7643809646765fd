/** Randomness, real or seeded. */
export interface IdSource {
  /** A globally unique id of letters, digits and hyphens. */
  id(): string;
  /** A number from 0 to below 1, for jitter. */
  random(): number;
}
