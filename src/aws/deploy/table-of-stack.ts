import {
  DeleteTableCommand,
  DescribeTableCommand,
  type TableDescription,
  UpdateTableCommand,
} from "@aws-sdk/client-dynamodb";
import { SagaError } from "../../errors/saga-error.js";
import { call } from "../call.js";
import { tableSchema, watchIndexName } from "../store/table-schema.js";
import type { Deployer } from "./deployer.js";

const pauseMs = 1_000;

/**
 * The state of a stack's table; `undefined` where there is none.
 * @throws SagaError TABLE_INVALID for a table that is somebody else's: CloudFormation would take it in, too
 */
export async function tableState(at: Deployer, table: string): Promise<string | undefined> {
  const found = await describeTable(at, table);
  if (found === undefined) return undefined;
  if (!isOurs(found)) throw notOurs(table);
  return found.TableStatus;
}

/** By its keys and index: a table has no other sign that it cannot lose. */
function isOurs({ KeySchema = [], GlobalSecondaryIndexes = [] }: TableDescription): boolean {
  const keys = tableSchema.KeySchema.map(({ AttributeName }) => AttributeName);
  const found = KeySchema.map(({ AttributeName }) => AttributeName);
  const hasIndex = GlobalSecondaryIndexes.some(({ IndexName }) => IndexName === watchIndexName);
  return hasIndex && keys.every((key) => found.includes(key));
}

function notOurs(table: string): SagaError {
  return new SagaError("TABLE_INVALID", `There is a table "${table}" which Backstep did not make.`, {
    fix: "Give the configuration another name, or the stage.",
    details: { table },
  });
}

/** @returns `undefined` where there is no such table @throws SagaError AWS_DENIED, AWS_UNREACHABLE */
export async function describeTable(
  at: Pick<Deployer, "dynamoDb" | "endpoint">,
  table: string,
): Promise<TableDescription | undefined> {
  return call(placeOf(at, "DescribeTable", table), async () => {
    try {
      return (await at.dynamoDb.send(new DescribeTableCommand({ TableName: table }))).Table;
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

function placeOf({ endpoint }: Pick<Deployer, "endpoint">, action: string, table: string) {
  return { action: `dynamodb:${action}`, resource: `table "${table}"`, endpoint };
}
