import { defineSaga } from "backstep";
import { createLocalEngine, openLocalClient } from "backstep/local";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { type TemporaryFolder, temporaryFolder } from "../contract/temporary-folder.js";

const step = { run: () => undefined, compensate: "none" } as const;
const errand = defineSaga({
  name: "errand",
  version: 1,
  input: z.object({ id: z.string() }),
  id: ({ id }) => id,
})
  .step("first", step)
  .step("second", step)
  .build();

let folder: TemporaryFolder;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

describe("an engine with a crowd of instances, a commit of which is always under way", () => {
  it("works what another client starts meanwhile", async () => {
    const file = folder.file("store.db");
    const ends = new Map<string, () => void>();
    const engine = createLocalEngine({
      sagas: [errand],
      file,
      observer: {
        transition: ({ id }, _entry, _before, { ended }) => void (ended && ends.get(id)?.()),
        log: () => undefined,
        problem: (error) => expect.fail(String(error)),
      },
    });
    await engine.start();
    const beside = openLocalClient({ sagas: [errand], file });
    let isOver = false;
    let count = 0;
    const crowd = Array.from({ length: 64 }, async () => {
      while (!isOver) {
        const id = `crowd-${count++}`;
        const ended = new Promise<void>((resolve) => ends.set(id, resolve));
        await engine.client.start("errand", { id });
        await ended;
        ends.delete(id);
      }
    });
    for (const id of ["a", "b", "c"]) {
      const ended = new Promise<void>((resolve) => ends.set(id, resolve));
      await beside.start("errand", { id });
      await ended;
    }
    isOver = true;
    await Promise.all(crowd);
    expect(count).toBeGreaterThan(64);
    await beside.close();
    await engine.stop();
  });
});
