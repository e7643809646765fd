import { closeSync, openSync, readSync } from "node:fs";
import { journalKeysOf } from "./journal-page.js";

const headerBytes = 32;
const frameHeaderBytes = 24;

/** Frames read at once: a quarter of a megabyte. */
const chunkFrames = 64;

/** What makes frames belong together: the log starts over from its beginning with another generation. */
interface Generation {
  /** Two numbers: the first is raised by one when the log starts over, the second is another one then. */
  readonly salts: Buffer;
  readonly pageBytes: number;
}

/** What was read of a log: for each instance its last entry on a page that was written. */
export type TouchedEntries = Map<number, number>;

/**
 * Reads in SQLite's write-ahead log which rows of the journal commits have written lately. The log holds
 * every page that was written, so that what is new costs no index and no write, and what is old is not looked
 * at. A page has rows beside the new ones: whoever reads asks the database what is true.
 */
export class WriteAheadLog {
  readonly #path: string;
  #descriptor: number | undefined;
  /** The last one that was seen. */
  #generation: Generation | undefined;
  /**
   * Where the last transaction begins that was read; 0 while the log is empty. It is read again: it may not
   * have been whole.
   */
  #offset = 0;

  /** @param file the database; from now on the log is read, what stands in it already is passed over */
  constructor(file: string) {
    this.#path = `${file}-wal`;
    this.#generation = this.#readGeneration();
    if (this.#generation !== undefined) this.#offset = this.#scan(headerBytes, this.#generation).last;
  }

  /**
   * Reads on; to be called when somebody has written.
   * @returns `undefined` where a part of the log was overwritten or cut off before it was read
   */
  read(): TouchedEntries | undefined {
    const touched: TouchedEntries = new Map();
    const from = this.#offset;
    const before = this.#generation;
    const now = this.#readGeneration();
    if (now === undefined) {
      this.#offset = 0;
      return undefined; // whatever was written is not here any more
    }
    this.#generation = now;
    if (before?.salts.equals(now.salts) === true) {
      this.#offset = this.#scan(from, now, touched).last;
      return touched;
    }
    // It has started over: behind the new frames the old ones stand as they were.
    const isWhole = from === 0 || (before !== undefined && this.#scan(from, before, touched).end > from);
    this.#offset = this.#scan(headerBytes, now, touched).last;
    return isWhole && before !== undefined && follows(before, now) ? touched : undefined;
  }

  /** Lets go of the log. */
  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  /** `undefined` while the log is empty. */
  #readGeneration(): Generation | undefined {
    const header = Buffer.alloc(headerBytes);
    if (this.#readAt(header, 0) < headerBytes) return undefined;
    const size = header.readUInt32BE(8);
    return {
      salts: header.subarray(16, 24),
      pageBytes: size === 1 ? 65_536 : size,
    };
  }

  /**
   * Goes through the frames of a generation.
   * @returns `last`: where the last whole transaction begins, `end`: where the frames end
   */
  #scan(from: number, { salts, pageBytes }: Generation, touched?: TouchedEntries) {
    const frameBytes = frameHeaderBytes + pageBytes;
    const chunk = Buffer.alloc(frameBytes * chunkFrames);
    let [last, next, end] = [from, from, from];
    for (;;) {
      const read = this.#readAt(chunk, end);
      for (let at = 0; at < chunk.length; at += frameBytes) {
        const isFrame = at + frameBytes <= read && chunk.compare(salts, 0, 8, at + 8, at + 16) === 0;
        if (!isFrame) return { last, end };
        end += frameBytes;
        const isCommit = chunk.readUInt32BE(at + 4) > 0;
        if (isCommit) [last, next] = [next, end];
        if (touched !== undefined) {
          note(touched, chunk.subarray(at + frameHeaderBytes, at + frameBytes));
        }
      }
    }
  }

  #readAt(into: Buffer, position: number): number {
    try {
      this.#descriptor ??= openSync(this.#path, "r");
      return readSync(this.#descriptor, into, 0, into.length, position);
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return 0;
      throw error;
    }
  }
}

function follows(before: Generation, next: Generation): boolean {
  return next.salts.readUInt32BE(0) === (before.salts.readUInt32BE(0) + 1) % 2 ** 32;
}

function note(touched: TouchedEntries, page: Buffer): void {
  for (const [instance, n] of journalKeysOf(page)) {
    touched.set(instance, Math.max(n, touched.get(instance) ?? 0));
  }
}
