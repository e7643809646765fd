import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openStoreDatabase } from "../../../src/local/local-database.js";
import { LocalSagaStore } from "../../../src/local/local-saga-store.js";
import { type EngineProject, openEngineProject } from "./engine-project.js";

const config = `
import { defineConfig, defineEvent, defineSaga } from "backstep";
import { z } from "zod";

const input = z.object({ id: z.string() });
const Lent = defineEvent({ name: "book.lent", payload: input });
const Returned = defineEvent({ name: "book.returned", payload: input });
const loan = defineSaga({ name: "loan", version: 1, input, id: ({ id }) => id })
  .step("lend", { run: () => {}, compensate: "none" })
  .emit("tell", Lent, ({ input }) => ({ id: input.id }), "none")
  .waitFor("back", {
    event: Returned,
    id: ({ id }) => id,
    within: { hours: 1 },
    onTimeout: "compensate",
    compensate: "none",
  })
  .build();
export default defineConfig({ sagas: [loan] });
`;

let project: EngineProject;
let store: LocalSagaStore;
let count = 0;
let id = "";

interface Report {
  readonly audited: number;
  readonly left: number;
  readonly gaps: readonly { readonly kind: string; readonly healed: boolean; readonly problem: string }[];
}

const edit = (sql: string) => store.run(sql, []);
const row = `backstep_instances SET`;
const where = () => `WHERE saga = 'loan' AND id = '${id}'`;
const audited = async (code: number, ...args: string[]) =>
  (await project.json(code, "audit", ...args)) as Report;
const kinds = ({ gaps }: Report) => gaps.map(({ kind }) => kind);

beforeAll(async () => {
  project = await openEngineProject({ "backstep.config.ts": config });
  store = new LocalSagaStore(openStoreDatabase(join(project.folder, ".backstep/local.db"), {}));
});
afterAll(async () => {
  await store.close();
  await project.remove();
});
beforeEach(async () => {
  count += 1;
  id = `l-${count}`;
  await project.engine.client.start("loan", { id });
  await project.engine.idle();
});

describe("audit", { timeout: 30_000 }, () => {
  it("finds nothing where everything fits", async () => {
    const report = await audited(0);
    expect(report).toMatchObject({ left: 0, untold: 0, gaps: [] });
    expect(report.audited).toBeGreaterThanOrEqual(1);
    const { out } = await project.run("audit", `loan/${id}`);
    expect(out).toBe("1 instance compared: everything fits.\n");
  });

  it("misses nothing of what an imported instance has published elsewhere", async () => {
    const [file, other] = ["one.jsonl", "support.db"].map((name) => join(project.folder, name));
    await project.run("history", "export", `loan/${id}`, "--out", `${file}`);
    await project.run("history", "import", `${file}`, "--store", `${other}`);
    expect(await audited(0, "--store", `${other}`)).toMatchObject({ audited: 1, gaps: [] });
  });

  it("finds nothing while an engine is at work", async () => {
    const started = Array.from({ length: 400 }, (_, at) =>
      project.engine.client.start("loan", { id: `busy-${at}` }),
    );
    for (let look = 0; look < 4; look += 1) expect(await audited(0)).toMatchObject({ gaps: [] });
    await Promise.all(started);
    await project.engine.idle();
    expect((await audited(0)).audited).toBeGreaterThanOrEqual(400);
  });

  it.each([
    ["headDiffers", () => edit(`UPDATE ${row} status = 'completed' ${where()}`)],
    [
      "headBehind",
      () =>
        edit(
          `UPDATE ${row} n = 1, settled = 1, status = 'running', step = 'tell', watch_at = NULL ${where()}`,
        ),
    ],
    ["effectsOwed", () => edit(`UPDATE ${row} settled = 1, watch_at = NULL ${where()}`)],
    ["unwatched", () => edit(`UPDATE ${row} watch_at = NULL ${where()}`)],
    ["unpublished", () => edit(`DELETE FROM backstep_published WHERE id LIKE 'loan/${id}/%'`)],
  ])("names %s, changes nothing by looking, and heals it with --fix", async (kind, damage) => {
    const before = await project.engine.client.get({ saga: "loan", id });
    await damage();
    const damaged = await store.head({ saga: "loan", id });
    const found = await audited(1, `loan/${id}`);
    expect(kinds(found)).toContain(kind);
    expect(found).toMatchObject({
      audited: 1,
      gaps: [{ instance: `loan/${id}`, canHeal: true, healed: false }],
    });
    expect(await store.head({ saga: "loan", id })).toEqual(damaged);
    const fixed = await audited(0, `loan/${id}`, "--fix");
    expect(fixed.gaps.every(({ healed }) => healed)).toBe(true);
    await expect
      .poll(() => store.head({ saga: "loan", id }), { timeout: 10_000 })
      .toMatchObject({
        status: "waiting",
        n: before.state.n,
        settled: before.state.n,
        watchAt: before.head.watchAt,
      });
    expect(await audited(0, `loan/${id}`)).toMatchObject({ gaps: [] });
    const after = await project.engine.client.get({ saga: "loan", id });
    expect(after.entries).toEqual(before.entries);
    const events = await store.reading(
      `SELECT count(*) FROM backstep_published WHERE id LIKE 'loan/${id}/%'`,
    );
    expect(events.row([])).toEqual([1]);
  });

  it("leaves to a backup what only a backup heals", async () => {
    await edit(`DELETE FROM backstep_journal WHERE n = 1 AND instance =
      (SELECT key FROM backstep_instances ${where()})`);
    const before = await store.load({ saga: "loan", id });
    const report = await audited(1, `loan/${id}`, "--fix");
    expect(report).toMatchObject({
      left: 1,
      gaps: [{ kind: "entryMissing", canHeal: false, healed: false }],
    });
    expect(await store.load({ saga: "loan", id })).toEqual(before);
    const { out, code } = await project.run("audit");
    expect(code).toBe(1);
    expect(out).toContain(`loan/${id}  Entry 1 of its journal is missing. not to be healed`);
    expect(out).toContain("comes back with a backup alone");
  });

  it("looks at what has changed since alone", async () => {
    expect(await audited(0, "--since", "2999-01-01")).toMatchObject({ audited: 0 });
  });

  it.each([
    [["loan/nobody"], 3, 'There is no instance "loan/nobody".'],
    [["loan"], 2, '"loan" does not name an instance.'],
    [["--since", "soon"], 2, '"soon" is neither a duration nor a time.'],
  ])("%j exits with %i", async (args, code, text) => {
    const said = await project.run("audit", ...args);
    expect(said).toMatchObject({ code, out: "", err: expect.stringContaining(text) });
  });
});
