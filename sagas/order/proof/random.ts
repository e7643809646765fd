/** A seeded source of numbers: the same seed gives the same sequence on every machine. */
export interface Random {
  /** From 0 to below 1. */
  next(): number;
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number;
  /** One of the items, each as likely as its weight says. */
  pick<Item>(weighted: readonly (readonly [weight: number, item: Item])[]): Item;
}

/** @param seed a whole number */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;

  // Mulberry32: small, and good enough to shuffle customers.
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  return {
    next,
    between: (low, high) => low + Math.floor(next() * (high - low + 1)),
    pick(weighted) {
      let left = next() * weighted.reduce((sum, [weight]) => sum + weight, 0);
      for (const [weight, item] of weighted) {
        left -= weight;
        if (left < 0) return item;
      }
      throw new RangeError("There is nothing to pick from.");
    },
  };
}
