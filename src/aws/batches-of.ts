/** What one call takes. */
export interface BatchLimits {
  /** Entries. */
  readonly countMax: number;
  /** The sum of their bytes. */
  readonly bytesMax: number;
}

/** Puts entries into as few calls as their order allows. One that is too large is alone in its call. */
export function batchesOf<Entry extends { readonly bytes: number }>(
  entries: readonly Entry[],
  { countMax, bytesMax }: BatchLimits,
): Entry[][] {
  const batches: Entry[][] = [];
  let batch: Entry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    if (batch.length === 0 || batch.length === countMax || bytes + entry.bytes > bytesMax) {
      batch = [];
      batches.push(batch);
      bytes = 0;
    }
    batch.push(entry);
    bytes += entry.bytes;
  }
  return batches;
}
