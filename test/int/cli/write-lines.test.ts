import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeLines } from "../../../src/cli/history/write-lines.js";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "backstep-lines-"));
  file = join(folder, "new/lines.jsonl");
});
afterEach(() => rmSync(folder, { recursive: true }));

const options = { force: false, told: () => undefined };

describe("writeLines", () => {
  it("writes one value a line, and tells how many there are", async () => {
    const values = Array.from({ length: 2_000 }, (_, at) => ({ at, text: "x".repeat(100) }));
    const told: number[] = [];
    await expect(writeLines(file, values, { force: false, told: (count) => told.push(count) })).resolves.toBe(
      2_000,
    );
    const lines = readFileSync(file, "utf8").trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual(values);
    expect(told).toEqual(values.map(({ at }) => at + 1));
  });

  it("leaves nothing where the values break off, and what was there before", async () => {
    function* broken() {
      yield 1;
      throw new Error("gone");
    }
    await expect(writeLines(file, broken(), options)).rejects.toThrow("gone");
    expect([existsSync(file), existsSync(`${file}.part`)]).toEqual([false, false]);
    await writeLines(file, ["old"], options);
    await expect(writeLines(file, broken(), { ...options, force: true })).rejects.toThrow("gone");
    expect(readFileSync(file, "utf8")).toBe('"old"\n');
  });

  it("ends where the file cannot be written, however late the values come", async () => {
    async function* late() {
      for (let turn = 0; turn < 10; turn += 1) await readdir(folder);
      for (let at = 0; at < 10_000; at += 1) yield "x".repeat(100);
    }
    mkdirSync(`${file}.part`, { recursive: true });
    await expect(writeLines(file, late(), options)).rejects.toMatchObject({ code: "EISDIR" });
    expect(existsSync(file)).toBe(false);
  });

  it("overwrites a file with force alone", async () => {
    await writeLines(file, [1], options);
    await expect(writeLines(file, [2], options)).rejects.toMatchObject({ code: "USAGE" });
    await writeLines(file, [2], { ...options, force: true });
    expect(readFileSync(file, "utf8")).toBe("2\n");
  });
});
