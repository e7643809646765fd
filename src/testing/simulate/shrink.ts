/** Whether something that holds only some of the items still fails alike. */
export type Fails<Item> = (items: readonly Item[]) => Promise<boolean>;

/**
 * Finds few of these items with which something still fails: parts are left out, large ones first, until no
 * single one can be (delta debugging).
 *
 * @param items with all of them it fails
 * @param fails answers false as well when it is tired of being asked: then what is left stays
 */
export async function shrink<Item>(items: readonly Item[], fails: Fails<Item>): Promise<readonly Item[]> {
  if (items.length === 0 || (await fails([]))) return [];
  let left = items;
  for (let size = Math.ceil(left.length / 2); ; size = Math.ceil(size / 2)) {
    left = await leaveOut(left, size, fails);
    if (size === 1) return left;
  }
}

/** Leaves out every part of this size that is not needed, again and again until all of them are. */
async function leaveOut<Item>(
  items: readonly Item[],
  size: number,
  fails: Fails<Item>,
): Promise<readonly Item[]> {
  let left = items;
  for (let before = -1; left.length !== before; ) {
    before = left.length;
    for (let at = left.length - size; at > -size; at -= size) {
      const rest = [...left.slice(0, Math.max(0, at)), ...left.slice(at + size)];
      if (rest.length > 0 && (await fails(rest))) left = rest;
    }
  }
  return left;
}
