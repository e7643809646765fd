import type { CreateTableCommandInput } from "@aws-sdk/client-dynamodb";

/** The index by watch time: of heads alone, for only they have its keys. */
export const watchIndexName = "watch";

/** The attribute that DynamoDB's time to live must be switched on for: epoch seconds. */
export const timeToLiveAttribute = "expiresAt";

const projected = [
  "version",
  "fingerprint",
  "startedAt",
  "deadlineAt",
  "status",
  "reason",
  "step",
  "n",
  "settled",
  "watchAt",
  "heals",
  "updatedAt",
  "rev",
  timeToLiveAttribute,
];

/** Keys and index of the table: what `CreateTable` needs besides name and billing. */
export const tableSchema = {
  AttributeDefinitions: [
    { AttributeName: "pk", AttributeType: "S" },
    { AttributeName: "sk", AttributeType: "S" },
    { AttributeName: "watch", AttributeType: "S" },
    { AttributeName: "watchSort", AttributeType: "S" },
  ],
  KeySchema: [
    { AttributeName: "pk", KeyType: "HASH" },
    { AttributeName: "sk", KeyType: "RANGE" },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: watchIndexName,
      KeySchema: [
        { AttributeName: "watch", KeyType: "HASH" },
        { AttributeName: "watchSort", KeyType: "RANGE" },
      ],
      Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: projected },
    },
  ],
} satisfies Pick<CreateTableCommandInput, "AttributeDefinitions" | "KeySchema" | "GlobalSecondaryIndexes">;
