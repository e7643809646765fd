import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { defineSaga } from "../../../../src/core/definition/define-saga.js";
import { createLocalEngine, type LocalEngine } from "../../../../src/local/local-engine.js";
import { type LocalOperator, openLocalOperator } from "../../../../src/local/operate/local-operator.js";
import { type TemporaryFolder, temporaryFolder } from "../../../contract/temporary-folder.js";

const order = defineSaga({
  name: "order",
  version: 1,
  input: z.object({ id: z.string() }),
  id: ({ id }) => id,
})
  .step("charge", { lane: "bank", run: () => undefined, compensate: "none" })
  .build();

let folder: TemporaryFolder;
let engine: LocalEngine;
let operator: LocalOperator;

beforeEach(() => {
  folder = temporaryFolder();
  const place = { file: folder.file("store.db"), sagas: [order] };
  engine = createLocalEngine(place);
  operator = openLocalOperator(place);
});
afterEach(async () => {
  await operator.close();
  await engine.stop();
  folder.remove();
});

const causes = async () => (await operator.checkup()).findings.map(({ cause }) => cause);

describe("an operator of a store", () => {
  test("knows the lanes of the declared sagas, and nothing of a deployment", async () => {
    const { lanes } = await operator.desk.report(0);
    expect(lanes.map(({ lane }) => lane)).toEqual([...operator.registry.lanes].sort());
    expect(lanes.map(({ lane }) => lane)).toContain("bank");
    expect(await operator.deployed()).toBeUndefined();
  });

  test("finds nothing wrong where nothing waits, with and without an engine", async () => {
    expect(await operator.checkup()).toEqual({ findings: [], skipped: [] });
    await engine.start();
    await engine.client.start("order", { id: "o-1" });
    await engine.idle();
    expect(await operator.checkup()).toEqual({ findings: [], skipped: [] });
  });

  test("says that an engine is missing while something waits for one", async () => {
    await engine.client.start("order", { id: "o-1" });
    expect(await operator.checkup()).toMatchObject({
      findings: [{ cause: "noEngine", command: "dev", isSafe: false }],
    });
    await engine.start();
    expect(await causes()).toEqual([]);
  });

  test("says that messages are kept which nobody could read, until somebody has done with them", async () => {
    const { queue } = operator;
    const broken = { v: 1, saga: "order" } as unknown as Parameters<typeof queue.send>[1];
    await queue.send("bank", broken);
    await engine.start();
    await expect.poll(causes).toEqual(["unreadableMessage"]);
    const { messages } = await operator.records.kept({ limit: 10 });
    expect(messages).toMatchObject([{ kind: "unreadable", source: "bank", body: JSON.stringify(broken) }]);
    for (const { id } of messages)
      await operator.records.finish(id, { how: "dropped", actor: { user: "ann" }, at: 1 });
    expect(await causes()).toEqual([]);
  });
});
