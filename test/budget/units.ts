import { isDeepStrictEqual } from "node:util";
import { type Item, itemSize } from "./item-size.js";

/** The keys of a table and of what is projected from it. */
export interface TableKeys {
  readonly keys: readonly string[];
  readonly indexes: readonly IndexKeys[];
}

/** An index: its own keys, and which attributes it keeps beside those and the table's keys. */
export interface IndexKeys {
  readonly name: string;
  readonly keys: readonly string[];
  readonly projected: "all" | readonly string[];
}

/** What a write costs. */
export interface WriteUnits {
  readonly table: number;
  readonly indexes: number;
}

/** The units of a write that took place; `undefined` is an item that is not there. */
export function writeUnits(table: TableKeys, before: Item | undefined, after: Item | undefined): WriteUnits {
  const indexes = table.indexes.reduce(
    (total, index) =>
      total + indexUnits(index, projectionOf(table, index, before), projectionOf(table, index, after)),
    0,
  );
  return { table: storedUnits(before, after), indexes };
}

/** The units of a write whose condition failed: those of the larger of what is there and what was to be. */
export function failedUnits(before: Item | undefined, wanted: Item | undefined): WriteUnits {
  return { table: storedUnits(before, wanted), indexes: 0 };
}

/**
 * A transaction prepares each item and commits it, also when it is cancelled. Whether indexes cost twice as
 * well, AWS does not document; DynamoDB Local counts them so, and so do we: never too low.
 */
export function inTransaction({ table, indexes }: WriteUnits): WriteUnits {
  return { table: 2 * table, indexes: 2 * indexes };
}

/** The units of one read of these items together; nothing found costs as much as something small. */
export function readUnits(items: readonly Item[], consistent: boolean): number {
  const bytes = items.reduce((total, item) => total + itemSize(item), 0);
  const blocks = Math.max(1, Math.ceil(bytes / 4096));
  return consistent ? blocks : blocks / 2;
}

/** An item as an index keeps it; `undefined` where it has not all the index's keys. */
export function projectionOf(table: TableKeys, index: IndexKeys, item: Item | undefined): Item | undefined {
  if (item === undefined || index.keys.some((key) => item[key] === undefined)) return undefined;
  if (index.projected === "all") return item;
  const kept = new Set([...table.keys, ...index.keys, ...index.projected]);
  return Object.fromEntries(Object.entries(item).filter(([name]) => kept.has(name)));
}

function indexUnits(index: IndexKeys, before: Item | undefined, after: Item | undefined): number {
  if (before === undefined && after === undefined) return 0;
  if (isDeepStrictEqual(before, after)) return 0;
  const moved = index.keys.some((key) => !isDeepStrictEqual(before?.[key], after?.[key]));
  if (before === undefined || after === undefined || !moved) return storedUnits(before, after);
  return storedUnits(before, undefined) + storedUnits(undefined, after);
}

function storedUnits(before: Item | undefined, after: Item | undefined): number {
  const bytes = Math.max(...[before, after].map((item) => (item === undefined ? 0 : itemSize(item))));
  return Math.max(1, Math.ceil(bytes / 1024));
}
