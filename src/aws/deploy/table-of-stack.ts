import { DeleteTableCommand, DescribeTableCommand, UpdateTableCommand } from "@aws-sdk/client-dynamodb";
import { call, type Deployer } from "./deployer.js";

const pauseMs = 1_000;

/** The state of a table; `undefined` where there is none. */
export async function tableState(at: Deployer, table: string): Promise<string | undefined> {
  return call(placeOf(at, "DescribeTable", table), async () => {
    try {
      const { Table } = await at.dynamoDb.send(new DescribeTableCommand({ TableName: table }));
      return Table?.TableStatus ?? "ACTIVE";
    } catch (error) {
      if (error instanceof Error && error.name === "ResourceNotFoundException") return undefined;
      throw error;
    }
  });
}

/** Deletes a table with all that is in it, and waits until it is gone. @returns whether there was one */
export async function deleteTable(at: Deployer, table: string): Promise<boolean> {
  const found = await waitUntil(at, table, (state) => state !== "CREATING" && state !== "UPDATING");
  if (found === undefined) return false;
  if (found !== "DELETING") {
    await call(placeOf(at, "UpdateTable", table), () =>
      at.dynamoDb.send(new UpdateTableCommand({ TableName: table, DeletionProtectionEnabled: false })),
    );
    await waitUntil(at, table, (state) => state !== "UPDATING");
    await call(placeOf(at, "DeleteTable", table), () =>
      at.dynamoDb.send(new DeleteTableCommand({ TableName: table })),
    );
  }
  await waitUntil(at, table, (state) => state === undefined);
  return true;
}

async function waitUntil(at: Deployer, table: string, isSo: (state: string | undefined) => boolean) {
  for (;;) {
    const state = await tableState(at, table);
    if (isSo(state)) return state;
    await at.pause(pauseMs);
  }
}

function placeOf({ endpoint }: Deployer, action: string, table: string) {
  return { action: `dynamodb:${action}`, resource: `table "${table}"`, endpoint };
}
