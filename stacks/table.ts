import type { Topology } from "backstep/topology";

/** The table. It stays when the stage is removed. */
export function createTable({ table }: Topology): void {
  const { partitionKey, sortKey, index } = table;
  const keys = [partitionKey, sortKey, index.partitionKey, index.sortKey];
  new sst.aws.Dynamo("Table", {
    fields: Object.fromEntries(keys.map((key) => [key, "string"])),
    primaryIndex: { hashKey: partitionKey, rangeKey: sortKey },
    globalIndexes: {
      [index.name]: {
        hashKey: index.partitionKey,
        rangeKey: index.sortKey,
        projection: [...index.attributes],
      },
    },
    ttl: table.timeToLiveAttribute,
    deletionProtection: table.deletionProtection,
    transform: {
      table: (args, options) => {
        args.name = table.name;
        args.pointInTimeRecovery = { enabled: table.pointInTimeRecovery };
        options.retainOnDelete = true;
      },
    },
  });
}
