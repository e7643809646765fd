import { readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { expectHistory, recordHistory, replayHistories } from "backstep/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type TemporaryFolder, temporaryFolder } from "../../../contract/temporary-folder.js";
import { playStay, stayWith } from "./stay.js";

let folder: TemporaryFolder;
let file: string;

beforeEach(() => {
  folder = temporaryFolder();
  file = folder.file("histories/unpaid.json");
});

afterEach(() => {
  vi.unstubAllEnvs();
  folder.remove();
});

function read(): Record<string, unknown> {
  return JSON.parse(readFileSync(file, "utf8"));
}

/** Changes a recorded file by hand. */
function amend(change: (history: ReturnType<typeof read>) => object): void {
  writeFileSync(file, JSON.stringify(change(read())));
}

describe("recordHistory", () => {
  it("writes plain JSON, the same bytes for the same run, with a newline at the end", async () => {
    await recordHistory(await playStay(), file, { note: "never paid" });
    const text = readFileSync(file, "utf8");
    const head = '{\n  "format": 1,\n  "saga": "stay",\n  "version": 1,\n';
    expect([text.slice(0, head.length), text.at(-1)]).toEqual([head, "\n"]);
    expect(read()).toMatchObject({ note: "never paid", origin: { id: "s-1" }, mail: [] });
    const before = statSync(file, { bigint: true }).mtimeNs;
    await recordHistory(await playStay(), file);
    expect([readFileSync(file, "utf8"), statSync(file, { bigint: true }).mtimeNs]).toEqual([text, before]);
  });

  it("keeps a different history unless it is told to overwrite it, and then keeps the note", async () => {
    await recordHistory(await playStay(), file, { note: "never paid" });
    const other = await playStay({ pause: { seconds: 5 } });
    await expect(recordHistory(other, file)).rejects.toMatchObject({ code: "HISTORY_DIFFERS" });
    const before = readFileSync(file, "utf8");
    await recordHistory(other, file, { overwrite: true });
    expect(readFileSync(file, "utf8")).not.toBe(before);
    expect(read()).toMatchObject({ note: "never paid" });
  });
});

describe("expectHistory", () => {
  it("accepts the same run, whoever wrote its entries", async () => {
    await recordHistory(await playStay(), file);
    const instance = await playStay();
    const entries = instance.entries.map((entry) => ({ ...entry, nonce: `n-${entry.n}`, lane: "other" }));
    await expect(expectHistory({ ...instance, entries }, file)).resolves.toBeUndefined();
  });

  it("shows the first entry that differs from both sides, and how to record anew", async () => {
    await recordHistory(await playStay(), file);
    const run = expectHistory(await playStay({ attempts: 2 }), file);
    await expect(run).rejects.toThrow(
      /first at entry 2:\n {2}recorded: room failed \(attempt 2\).*\n {2}now: {6}.*goes backward/,
    );
    await expect(run).rejects.toThrow("BACKSTEP_RECORD=1");
    await expect(run).rejects.toMatchObject({ code: "HISTORY_DIFFERS", details: { where: "entry 2" } });
  });

  it("shows what differs in two entries of one phrase", async () => {
    await recordHistory(await playStay(), file);
    const instance = await playStay();
    const entries = instance.entries.map((entry) => ({ ...entry, at: entry.at + (entry.n === 7 ? 1 : 0) }));
    await expect(expectHistory({ ...instance, entries }, file)).rejects.toThrow(/\{"at":1767/);
  });

  it("tells of a run that is shorter, and of another start", async () => {
    await recordHistory(await playStay(), file);
    const instance = await playStay();
    const entries = instance.entries.slice(0, 6);
    await expect(expectHistory({ ...instance, entries }, file)).rejects.toThrow("now:      no more entries");
    const late = await playStay({ deadline: { hours: 1 } });
    await expect(expectHistory(late, file)).rejects.toThrow("first at its start");
  });

  it("records where it is told to, by option or environment, and else wants the file", async () => {
    const instance = await playStay();
    await expect(expectHistory(instance, file)).rejects.toMatchObject({ code: "HISTORY_INVALID" });
    vi.stubEnv("BACKSTEP_RECORD", "1");
    await expectHistory(instance, file, { note: "by environment" });
    expect(read()).toMatchObject({ note: "by environment" });
    const other = await playStay({ attempts: 2 });
    await expect(expectHistory(other, file, { record: false })).rejects.toThrow("HISTORY_DIFFERS");
    vi.stubEnv("BACKSTEP_RECORD", "");
    await expectHistory(other, file, { record: true });
    await expect(expectHistory(other, file)).resolves.toBeUndefined();
  });
});

describe("replayHistories", () => {
  it("says how much it replayed", async () => {
    const instance = await playStay();
    await recordHistory(instance, file);
    await recordHistory(await playStay({ version: 2 }), folder.file("histories/later/two.json"));
    const sagas = [stayWith(), stayWith({ version: 2 })];
    const entries = 2 * (instance.entries.length + 1);
    expect(await replayHistories(dirname(file), sagas)).toEqual({ files: 2, entries });
  });

  it("names file and entry, what was decided then and now, and what to do", async () => {
    await recordHistory(await playStay(), file);
    const replayed = replayHistories(dirname(file), [stayWith({ onTimeout: "park" })]);
    const told = await replayed.catch((error: Error) => error.message.split("\n"));
    expect(told).toEqual([
      "Today's sagas decide otherwise at 1 of 9 entries.",
      `${file}, entry 6:`,
      expect.stringMatching(/^ {2}then: payment refused: timed out; goes backward/),
      expect.stringMatching(/^ {2}now: {2}parked: payment: no stay.paid in time; publishes saga.parked\. /),
    ]);
    await expect(replayed).rejects.toMatchObject({
      code: "HISTORY_DIFFERS",
      fix: expect.stringContaining("Give the change a new version"),
      details: { differences: 1, entries: 9 },
    });
  });

  it("finds a definition that changed without a new version", async () => {
    await recordHistory(await playStay(), file);
    const replayed = replayHistories(dirname(file), [stayWith({ breakfast: false })]);
    await expect(replayed).rejects.toThrow('Version 1 of the saga "stay" is not what the instance was');
  });

  it("finds a version that is not declared any more", async () => {
    await recordHistory(await playStay(), file);
    const replayed = replayHistories(dirname(file), [stayWith({ version: 2 })]);
    await expect(replayed).rejects.toThrow('Version 1 of the saga "stay" is not declared; declared: 2.');
  });

  it("refuses a folder without a history: it would prove nothing", async () => {
    writeFileSync(folder.file("notes.txt"), "none here");
    const replayed = replayHistories(dirname(folder.file("notes.txt")), [stayWith()]);
    await expect(replayed).rejects.toMatchObject({ code: "HISTORY_INVALID" });
  });

  it.each([
    [
      "a gap",
      (h: object) => ({ ...h, entries: (h as { entries: [] }).entries.slice(1) }),
      "contradicts itself",
    ],
    ["another format", (h: object) => ({ ...h, format: 2 }), 'is no history: "format"'],
    ["no mailbox", (h: object) => ({ ...h, mail: undefined }), 'is no history: "mail"'],
  ])("says which file is unreadable, and why (%s)", async (_, change, why) => {
    await recordHistory(await playStay(), file);
    amend(change);
    const replayed = replayHistories(dirname(file), [stayWith()]);
    await expect(replayed).rejects.toThrow(`The file "${file}" ${why}`);
    await expect(replayed).rejects.toMatchObject({ code: "HISTORY_INVALID" });
  });

  it("says which file is not JSON", async () => {
    await recordHistory(await playStay(), file);
    writeFileSync(file, "{");
    const replayed = replayHistories(dirname(file), [stayWith()]);
    await expect(replayed).rejects.toThrow(`The file "${file}" is not JSON.`);
  });
});
