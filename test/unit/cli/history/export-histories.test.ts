import { defineSaga } from "backstep";
import { createMemoryWorld } from "backstep/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { exportHistories } from "../../../../src/cli/history/export-histories.js";
import { SagaError } from "../../../../src/errors/saga-error.js";

const input = z.object({ id: z.string() });
const saga = defineSaga({ name: "loan", version: 1, input, id: ({ id }) => id })
  .step("lend", { run: () => undefined, compensate: "none" })
  .build();

describe("an export", () => {
  it.each(["ITEM_UNREADABLE", "JOURNAL_CORRUPT"] as const)("goes on behind what is %s", async (code) => {
    const { client, start, settle } = createMemoryWorld({ sagas: [saga], services: {} });
    for (const id of ["a", "edited", "z"]) await start("loan", { id });
    await settle();
    const told: string[] = [];
    const histories = exportHistories({
      client: {
        ...client,
        get: async (ref) => {
          if (ref.id === "edited") throw new SagaError(code, "Somebody has edited it.");
          return client.get(ref);
        },
      },
      of: {},
      rulesOf: async () => [],
      unreadable: (name) => told.push(name),
    });
    const ids: string[] = [];
    for await (const { origin } of histories) ids.push(origin.id);
    expect(ids.sort()).toEqual(["a", "z"]);
    expect(told).toEqual(["loan/edited"]);
  });
});
