import { createLocalEngine } from "backstep/local";
import { expect, it } from "vitest";
import { importHistory } from "../../../src/cli/history/import-history.js";
import { createLocalSagaStore } from "../../../src/local/local-saga-store.js";
import { openLocalOperator } from "../../../src/local/operate/local-operator.js";
import { examineInstance } from "../../../src/runtime/operate/examine.js";
import { historyOf } from "../../../src/testing/history/history.js";
import { temporaryFolder } from "../../contract/temporary-folder.js";
import { playStay, stayWith } from "../../unit/testing/history/stay.js";

const importing = { actor: { user: "ann" }, reason: "to look", now: 1_700_000_000_000 };

it("crash: import, before its end (every entry): no engine runs what is there, nor does doctor", async () => {
  const letter = { id: "p-1", event: "stay.paid", payload: { id: "s-1" }, receivedAt: 1 };
  const history = { ...historyOf(await playStay()), mail: [letter] };
  const sagas = [stayWith()];
  let booked = 0;
  const book = () => {
    booked += 1;
  };
  for (let count = 1; count < history.entries.length; count += 1) {
    const folder = temporaryFolder();
    const file = folder.file("store.db");
    const store = createLocalSagaStore(file);
    const append = store.append.bind(store);
    store.append = async (life, entry) => {
      if (entry.n > count) throw new Error("killed");
      return append(life, entry);
    };
    await expect(importHistory(store, history, importing)).rejects.toThrow("killed");
    await store.close();

    const engine = createLocalEngine({ file, sagas, services: { book } });
    await engine.start();
    const operator = openLocalOperator({ file, sagas });
    const settings = { isStage: false, mends: true };
    await expect(examineInstance(operator, history.origin, settings)).resolves.toMatchObject({
      findings: [{ cause: "unwatched", problem: "Its import was broken off." }],
      mended: [],
    });
    await engine.idle();
    await engine.stop();
    expect(await operator.store.head(history.origin)).toMatchObject({ rev: 1 });
    await operator.close();

    const again = createLocalSagaStore(file);
    await expect(importHistory(again, history, importing)).resolves.toMatchObject({ isNew: true });
    await again.close();
    folder.remove();
  }
  expect(booked).toBe(0);
});
