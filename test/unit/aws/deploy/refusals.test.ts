import { describe, expect, it } from "vitest";
import { requireAllShards } from "../../../../src/aws/deploy/refusals.js";
import { tableSchema } from "../../../../src/aws/store/table-schema.js";
import { compileTopology } from "../../../../src/core/topology/compile-topology.js";
import { sampleConfig } from "../cloud-formation/samples.js";
import { awsFailure, scriptedDeployer } from "./scripted-deployer.js";

const aws = { indexShards: 16 };
const topology = compileTopology({ ...sampleConfig("shared"), aws }, { stage: "dev" });

/** A table whose watchdog looked after so many partitions. */
function keptTable(count: number) {
  const mark = Object.fromEntries(
    ["handedTo", "lookedBackTo", "overdueFrom", "passAt", "sweptAt"].map((name) => [name, { N: "1" }]),
  );
  return scriptedDeployer(({ action, input }) => {
    if (action === "DescribeTable") return { Table: { TableStatus: "ACTIVE", ...tableSchema } };
    const shard = Number(/^w#(\d+)$/.exec(input.Key.pk.S)?.[1]);
    return shard < count ? { Item: { ...input.Key, ...mark } } : {};
  });
}

describe("G8: a table that was kept", () => {
  it("is not taken in with fewer partitions of its index than it had", async () => {
    const refused = requireAllShards(keptTable(32).at, topology, undefined);
    await expect(refused).rejects.toMatchObject({
      code: "DEPLOY_REFUSED",
      fix: expect.stringContaining("indexShardsEver to 32"),
    });
  });

  it("is taken in with as many, or more", async () => {
    for (const count of [0, 8, 16]) await requireAllShards(keptTable(count).at, topology, undefined);
  });

  it("is not asked where there is none, or where the stack tells", async () => {
    const { at, calls } = scriptedDeployer(() => {
      throw awsFailure("ResourceNotFoundException", 400);
    });
    await requireAllShards(at, topology, undefined);
    await requireAllShards(at, topology, { v: 1, name: "shop", sagas: [], indexShardsEver: 16 });
    expect(calls.map(({ action }) => action)).toEqual(["DescribeTable"]);
  });
});
