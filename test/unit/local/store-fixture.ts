import { LaneLedger } from "../../../src/local/lane-ledger.js";
import { openRawDatabase, openStoreDatabase } from "../../../src/local/local-database.js";
import { LocalSagaStore } from "../../../src/local/local-saga-store.js";
import type { RawDatabase, SqlTuple } from "../../../src/local/raw-database.js";
import { VirtualClock } from "../../../src/testing/virtual-clock.js";
import { temporaryFolder } from "../../contract/temporary-folder.js";
import { turns } from "../../contract/turns.js";

/** A store with what an engine puts on it, a clock that stands still, and a look at its tables. */
export interface StoreFixture {
  readonly file: string;
  readonly clock: VirtualClock;
  readonly store: LocalSagaStore;
  readonly ledger: LaneLedger;
  /** Another connection, like another process's. */
  readonly other: RawDatabase;
  rows(sql: string): SqlTuple[];
  /** Lets everything happen that is due. */
  settle(): Promise<void>;
  /** Lets everything happen that is due, and be noted that is noted soon. */
  written(): Promise<void>;
  close(): Promise<void>;
}

/** Makes a store of its own for one test. */
export function storeFixture(): StoreFixture {
  const folder = temporaryFolder();
  const file = folder.file("store.db");
  const clock = new VirtualClock();
  const store = new LocalSagaStore(openStoreDatabase(file, { busyTimeoutMs: 1 }));
  const ledger = new LaneLedger(store, clock);
  const other = openRawDatabase(file);
  const settle = async () => {
    for (const times of [60, 20]) {
      await turns(times);
      while (store.dataVersion() === undefined) await turns(1); // it commits on another thread
    }
    await clock.settle();
  };
  return {
    file,
    clock,
    store,
    ledger,
    other,
    rows: (sql) => other.prepare(sql).rows([]),
    settle,
    written: async () => {
      await clock.advance(20);
      await settle();
    },
    close: async () => {
      ledger.close();
      other.close();
      await store.close();
      folder.remove();
    },
  };
}

/** A promise that a test resolves. */
export interface Gate {
  readonly passed: Promise<void>;
  open(): void;
}

/** Makes a gate that is closed. */
export function gate(): Gate {
  let open: () => void = () => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}
