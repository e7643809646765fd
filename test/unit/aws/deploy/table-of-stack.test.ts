import { describe, expect, it } from "vitest";
import { deleteTable, tableState } from "../../../../src/aws/deploy/table-of-stack.js";
import { tableSchema } from "../../../../src/aws/store/table-schema.js";
import { scriptedDeployer } from "./scripted-deployer.js";

const customers = [{ AttributeName: "customer", KeyType: "HASH" }];
const withTable = (Table: object) => scriptedDeployer(() => ({ Table: { TableStatus: "ACTIVE", ...Table } }));

describe("the table of a stack", () => {
  it("is known by its keys and its index", async () => {
    const { at } = withTable(tableSchema);
    expect(await tableState(at, "shop-dev")).toBe("ACTIVE");
  });

  it.each([
    ["other keys", { ...tableSchema, KeySchema: customers }],
    ["no index of ours", { KeySchema: tableSchema.KeySchema }],
  ])("is somebody else's where it has %s, and is not deleted", async (_, table) => {
    const { at, calls } = withTable(table);
    await expect(deleteTable(at, "shop-dev")).rejects.toMatchObject({ code: "TABLE_INVALID" });
    expect(calls.map(({ action }) => action)).toEqual(["DescribeTable"]);
  });
});
