import type { TableResource } from "../../core/topology/topology.js";
import { logicalIds } from "./logical-ids.js";
import type { TemplateEntry, TemplateValue } from "./template.js";

/** The table. It outlives the stack. */
export function tableResources(table: TableResource, tags: TemplateValue): readonly TemplateEntry[] {
  const { index } = table;
  const keys = [table.partitionKey, table.sortKey, index.partitionKey, index.sortKey];
  const properties = {
    TableName: table.name,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: keys.map((name) => ({ AttributeName: name, AttributeType: "S" })),
    KeySchema: keySchema(table),
    GlobalSecondaryIndexes: [
      {
        IndexName: index.name,
        KeySchema: keySchema(index),
        Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: index.attributes },
      },
    ],
    TimeToLiveSpecification: { AttributeName: table.timeToLiveAttribute, Enabled: true },
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: table.pointInTimeRecovery },
    DeletionProtectionEnabled: table.deletionProtection,
    Tags: tags,
  };
  const type = "AWS::DynamoDB::Table";
  const kept = { DeletionPolicy: "Retain", UpdateReplacePolicy: "Retain" } as const;
  return [[logicalIds.table, { Type: type, ...kept, Properties: properties }]];
}

function keySchema({ partitionKey, sortKey }: Pick<TableResource, "partitionKey" | "sortKey">) {
  return [
    { AttributeName: partitionKey, KeyType: "HASH" },
    { AttributeName: sortKey, KeyType: "RANGE" },
  ];
}
