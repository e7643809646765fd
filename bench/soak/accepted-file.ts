import { appendFileSync, readFileSync, writeFileSync } from "node:fs";

/**
 * What was accepted and what was seen to have ended as it must, outside of the store: the word of the client,
 * not of the engine.
 */
export class AcceptedFile {
  readonly #file: string;
  #lines: string[] = [];

  constructor(file: string) {
    this.#file = file;
    writeFileSync(file, "");
  }

  /** Notes that the engine's file has taken a start. */
  accepted(name: string): void {
    this.#lines.push(`+${name}\n`);
  }

  /** Notes that an instance has ended as it must. */
  ended(name: string): void {
    this.#lines.push(`-${name}\n`);
  }

  /** Writes what was noted. */
  flush(): void {
    appendFileSync(this.#file, this.#lines.join(""));
    this.#lines = [];
  }

  /** Reads the file again: how many were accepted, and which of them were not seen to end. */
  count(): { readonly accepted: number; readonly lost: readonly string[] } {
    this.flush();
    const lines = readFileSync(this.#file, "utf8").split("\n");
    const names = (sign: string) =>
      lines.filter((line) => line.startsWith(sign)).map((line) => line.slice(1));
    const ended = new Set(names("-"));
    const accepted = new Set(names("+"));
    return { accepted: accepted.size, lost: [...accepted].filter((name) => !ended.has(name)) };
  }
}
