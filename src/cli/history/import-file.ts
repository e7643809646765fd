import { resolve } from "node:path";
import type { Session } from "../session.js";
import { importHistory, standingOf } from "./import-history.js";
import { linesOf, readHistories } from "./read-histories.js";

/** What an import came to. */
export interface ImportCounts {
  readonly imported: number;
  /** There already, untouched. */
  readonly kept: number;
  /** Of those imported: not ended, paused. */
  readonly held: number;
  /** Of those imported: with placeholders for what was redacted. */
  readonly redacted: number;
}

/** How often progress is told, in histories. */
const toldEvery = 1_000;

/**
 * Imports a file of histories into the store of the embedded engine. All of it is checked before anything is
 * written.
 * @param name a path, or `-` for stdin
 * @throws SagaError HISTORY_INVALID, START_CONFLICT, EVENT_CONFLICT, USAGE, STORE_UNREADABLE
 */
export async function importFile(session: Session, name: string, reason: string): Promise<ImportCounts> {
  const said = name === "-" ? (await session.readInput()).split("\n") : undefined;
  const read = () => readHistories(said ?? linesOf(resolve(session.cwd, name), name), name);
  for await (const _ of read()); // the whole file first: nothing is made for one that is none
  const { createLocalSagaStore } = await import("../../local/local-saga-store.js");
  const { keepPublished } = await import("../../local/local-event-bus.js");
  const store = createLocalSagaStore(session.storeFile(await session.anyConfig()));
  try {
    let total = 0;
    for await (const history of read()) {
      await standingOf(store, history);
      total += 1;
    }
    const counts = { imported: 0, kept: 0, held: 0, redacted: 0 };
    for await (const history of read()) {
      const now = session.clock.now();
      const { isNew, isHeld } = await importHistory(store, history, {
        ...{ actor: session.actor, reason, now },
        keepPublished: (ref, events) => keepPublished(store, ref, events, now),
      });
      counts[isNew ? "imported" : "kept"] += 1;
      if (isNew && isHeld) counts.held += 1;
      if (isNew && history.redacted === true) counts.redacted += 1;
      const done = counts.imported + counts.kept;
      if (done % toldEvery === 0) session.tell(`${done} of ${total} imported`);
    }
    return counts;
  } finally {
    await store.close();
  }
}
