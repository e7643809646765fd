import type { GroupCommit } from "./group-commit.js";
import { openRawDatabase } from "./local-database.js";
import type { RawDatabase, RawStatement } from "./raw-database.js";

/** A statement that reads what is committed. */
export type Reading = Pick<RawStatement, "row" | "rows">;

/** What it keeps of the file in memory, kilobytes: what it kept is of no use after the next commit. */
const cacheKb = 2_000;

/**
 * Reads a store beside its writes: on the connection that writes while that one is idle, because its cache
 * knows what it has written; on one of its own while a commit is under way on another thread.
 */
export class StoreReader {
  readonly #writer: RawDatabase;
  readonly #commit: GroupCommit;
  #beside: RawDatabase | undefined;

  constructor(writer: RawDatabase, commit: GroupCommit) {
    this.#writer = writer;
    this.#commit = commit;
  }

  prepare(sql: string): Reading {
    const idle = this.#writer.prepare(sql);
    let beside: RawStatement | undefined;
    const pick = () => {
      if (!this.#commit.isCommitting) return idle;
      beside ??= this.#openBeside().prepare(sql);
      return beside;
    };
    return { row: (parameters) => pick().row(parameters), rows: (parameters) => pick().rows(parameters) };
  }

  close(): void {
    this.#beside?.close();
  }

  #openBeside(): RawDatabase {
    this.#beside ??= openRawDatabase(this.#writer.file, { create: false, cacheKb });
    return this.#beside;
  }
}
