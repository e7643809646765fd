/** Lambda asks for it: a message stays hidden for so many timeouts of its function. */
export const visibilityTimeouts = 6;

/** The fewest deliveries before a message is given up: those that were throttled count, too. */
export const receivesMin = 10;

/** The most partitions of the watch index. */
export const indexShardsMax = 1_000;
