import { describe, expect, it } from "vitest";
import { readHistories } from "../../../../src/cli/history/read-histories.js";
import { historyOf } from "../../../../src/testing/history/history.js";
import { playStay } from "../../testing/history/stay.js";

async function read(...lines: string[]) {
  const found = [];
  for await (const one of readHistories(lines, "file.jsonl")) found.push(one);
  return found;
}

describe("readHistories", () => {
  it("reads one a line, and leaves out empty lines", async () => {
    const history = historyOf(await playStay());
    const other = { ...history, origin: { ...history.origin, id: "s-2" } };
    const found = await read(JSON.stringify(history), "", JSON.stringify(other), "");
    expect(found).toEqual([history, other]);
  });

  it("names file and line of what is none", async () => {
    const { origin, entries, ...rest } = historyOf(await playStay());
    const good = JSON.stringify({ ...rest, origin, entries });
    const cases: [string, string][] = [
      [good.slice(0, -5), "is not JSON"],
      ['{"format":1}', "is no history"],
      [good, 'holds "stay/s-1" again, after line 1'],
      [
        JSON.stringify({ ...rest, origin: { ...origin, id: "a/b" }, entries }),
        'names no instance: "stay/a/b"',
      ],
      [JSON.stringify({ ...rest, origin: { ...origin, id: "x" }, entries: entries.slice(1) }), "at entry 2"],
    ];
    for (const [line, problem] of cases) {
      const reading = read(good, line);
      await expect(reading).rejects.toMatchObject({ code: "HISTORY_INVALID" });
      await expect(reading).rejects.toThrow('The file "file.jsonl:2"');
      await expect(reading).rejects.toThrow(problem);
    }
  });

  it("refuses a journal that contradicts itself", async () => {
    const { origin, entries, ...rest } = historyOf(await playStay());
    const twice = entries.map((entry) => ({ ...entry, changes: [...entry.changes, ...entry.changes] }));
    const reading = read(JSON.stringify({ ...rest, origin, entries: twice }));
    await expect(reading).rejects.toThrow("contradicts itself");
  });
});
