import type { DeployedSaga } from "../../core/topology/topology.js";
import { isSagaError } from "../../errors/saga-error.js";
import type { HeadSummary } from "../../ports/saga-store.js";
import { indexPartition } from "../store/keys.js";
import { readSummary } from "../store/list-heads.js";
import { readPage } from "../store/read-index.js";
import { type Page, Table } from "../store/table.js";
import type { Deployer } from "./deployer.js";

/** Which open instances are looked for. */
export interface OpenQuery {
  readonly table: string;
  /** The most shards that the index ever had. */
  readonly shards: number;
  /** Whether a version is meant. */
  readonly isMeant: (version: DeployedSaga) => boolean;
}

/** Enough to say how many there are at least, and to name some. */
const foundMax = 100;
const pageRows = 1_000;

/** What was found. */
export interface OpenInstances {
  /** `order/o-42 (version 1)`; at most 100. */
  readonly names: readonly string[];
  /** Whether there may be more. */
  readonly isCut: boolean;
}

const examplesMax = 3;

/** `1 open instance`, `At least 100 open instances`. */
export function countOpen({ names, isCut }: OpenInstances): string {
  return `${isCut ? "At least " : ""}${names.length} open ${names.length === 1 ? "instance" : "instances"}`;
}

/** The end of a sentence about them: `: order/o-1 (version 1).`, or `, such as …` of more. */
export function exampleOpen({ names }: OpenInstances): string {
  const shown = names.slice(0, examplesMax).join(", ");
  return `${names.length > examplesMax ? ", such as" : ":"} ${shown}.`;
}

/** Looks for open instances, through the watch index; a table that is not there has none. */
export async function findOpenInstances(at: Deployer, query: OpenQuery): Promise<OpenInstances> {
  const table = new Table(at.dynamoDb, query.table);
  const names: string[] = [];
  try {
    for (const kind of ["open", "parked"] as const) {
      for (let shard = 0; shard < query.shards; shard += 1) {
        for await (const { origin } of headsOf(table, indexPartition(kind, shard))) {
          if (names.length === foundMax) return { names, isCut: true };
          if (query.isMeant(origin)) names.push(`${origin.saga}/${origin.id} (version ${origin.version})`);
        }
      }
    }
  } catch (error) {
    if (!isSagaError(error, "TABLE_INVALID")) throw error;
  }
  return { names, isCut: false };
}

async function* headsOf(table: Table, partition: string): AsyncGenerator<HeadSummary> {
  let next: Page["next"];
  do {
    const stretch = { partition, isIndex: true, from: "0", to: ":" };
    const page = await readPage(table, stretch, { limit: pageRows, ...(next === undefined ? {} : { next }) });
    for (const row of page.rows) {
      const head = readSummary(row, []);
      if (head !== undefined) yield head;
    }
    next = page.next;
  } while (next !== undefined);
}
