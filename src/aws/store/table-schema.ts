import type { CreateTableCommandInput } from "@aws-sdk/client-dynamodb";
import { tableLayout } from "../../core/topology/table-layout.js";

const { partitionKey, sortKey, index } = tableLayout;

/** The index by watch time: of heads alone, for only they have its keys. */
export const watchIndexName = index.name;

/** The attribute that DynamoDB's time to live must be switched on for: epoch seconds. */
export const timeToLiveAttribute = tableLayout.timeToLiveAttribute;

const keysOf = (partition: string, sort: string) => [
  { AttributeName: partition, KeyType: "HASH" as const },
  { AttributeName: sort, KeyType: "RANGE" as const },
];

/** Keys and index of the table: what `CreateTable` needs besides name and billing. */
export const tableSchema = {
  AttributeDefinitions: [partitionKey, sortKey, index.partitionKey, index.sortKey].map((AttributeName) => ({
    AttributeName,
    AttributeType: "S" as const,
  })),
  KeySchema: keysOf(partitionKey, sortKey),
  GlobalSecondaryIndexes: [
    {
      IndexName: index.name,
      KeySchema: keysOf(index.partitionKey, index.sortKey),
      Projection: { ProjectionType: "INCLUDE" as const, NonKeyAttributes: [...index.attributes] },
    },
  ],
} satisfies Pick<CreateTableCommandInput, "AttributeDefinitions" | "KeySchema" | "GlobalSecondaryIndexes">;
