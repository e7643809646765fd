import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createDynamoDbClient, DynamoDbGuardStore } from "backstep/aws";
import type { DynamoDbShopData } from "./services/dynamo-db-calls.js";
import { createDynamoDbOrders } from "./services/dynamo-db-orders.js";
import { createDynamoDbPayments } from "./services/dynamo-db-payments.js";
import { createDynamoDbShipping } from "./services/dynamo-db-shipping.js";
import { createDynamoDbStock } from "./services/dynamo-db-stock.js";
import { type DynamoDbShop, DynamoDbTable } from "./services/dynamo-db-table.js";
import type { OrderServices } from "./services.js";

/** What a shop on DynamoDB is made from. */
export interface DynamoDbShopOptions extends Omit<DynamoDbShop, "client"> {
  /** Default a tuned one, for where the environment points to. */
  readonly client?: DynamoDBClient;
  /** The time of the shop, epoch milliseconds. Default `Date.now`. */
  readonly now?: () => number;
}

/** The shop on DynamoDB: each call of a service is one transaction with the guard's record. */
export function dynamoDbOrderServices(options: DynamoDbShopOptions): OrderServices {
  const { now = Date.now, client = createDynamoDbClient(), ...rest } = options;
  const shop: DynamoDbShop = { ...rest, client };
  const data: DynamoDbShopData = { rows: new DynamoDbTable(shop), guards: new DynamoDbGuardStore(shop), now };
  return {
    stock: createDynamoDbStock(data),
    orders: createDynamoDbOrders(data),
    payments: createDynamoDbPayments(data),
    shipping: createDynamoDbShipping(data),
  };
}
