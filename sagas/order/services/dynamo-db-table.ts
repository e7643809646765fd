import {
  type AttributeValue,
  type DynamoDBClient,
  GetItemCommand,
  paginateQuery,
  type TransactWriteItem,
} from "@aws-sdk/client-dynamodb";

/** Where a shop is, on DynamoDB. */
export interface DynamoDbShop {
  readonly client: DynamoDBClient;
  /** Has the keys `pk` and `sk`, both texts; it can be the table of the sagas. */
  readonly table: string;
  /** Tells shops apart that share a table. Default `"shop"`. */
  readonly shop?: string;
}

/** Attributes of a row. */
export type Values = Readonly<Record<string, string | number>>;

/** What becomes of a row that may be there or not, and on which condition. */
export interface Change {
  /** Attributes that become this. */
  readonly set?: Values;
  /** Attributes that become this if they are not there yet. */
  readonly init?: Values;
  /** Numbers that grow by this. */
  readonly add?: Values;
  /** Refused unless these attributes are equal. */
  readonly where?: Values;
  /** Refused unless these numbers are as large. */
  readonly atLeast?: Values;
}

/**
 * The rows of the shop in a table with the keys `pk` and `sk`, such as that of the sagas. It reads, and makes
 * writes for the guard to commit. Rows of a kind share a partition: enough for some hundred orders a second.
 */
export class DynamoDbTable {
  readonly #client: DynamoDBClient;
  readonly #name: string;
  /** Which of the shops that share the table. */
  readonly shop: string;

  constructor({ client, table, shop = "shop" }: DynamoDbShop) {
    this.#client = client;
    this.#name = table;
    this.shop = shop;
  }

  /** The row as the last commit left it. */
  async get(kind: string, id: string): Promise<Values | undefined> {
    const key = { TableName: this.#name, Key: this.#key(kind, id) };
    const { Item } = await this.#client.send(new GetItemCommand({ ...key, ConsistentRead: true }));
    return Item && valuesOf(Item);
  }

  /** All rows of a kind, by their ids. */
  async all(kind: string): Promise<Values[]> {
    const query = {
      TableName: this.#name,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": { S: `${this.shop}#${kind}` } },
      ConsistentRead: true,
    };
    const rows: Values[] = [];
    for await (const { Items = [] } of paginateQuery({ client: this.#client }, query)) {
      rows.push(...Items.map(valuesOf));
    }
    return rows;
  }

  /** Puts a row that is not there yet. */
  insert(kind: string, id: string, values: Values): TransactWriteItem {
    const Item = { ...this.#key(kind, id), ...attributesOf(values) };
    return { Put: { TableName: this.#name, Item, ConditionExpression: "attribute_not_exists(pk)" } };
  }

  /** Changes a row, or makes it where it is not there yet. */
  change(kind: string, id: string, { set, init, add, where, atLeast }: Change): TransactWriteItem {
    const sets = [
      ...termsOf(set, (name, value) => `${name} = ${value}`),
      ...termsOf(init, (name, value) => `${name} = if_not_exists(${name}, ${value})`),
    ];
    const adds = termsOf(add, (name, value) => `${name} ${value}`);
    const conditions = [
      ...termsOf(where, (name, value) => `${name} = ${value}`, asked),
      ...termsOf(atLeast, (name, value) => `${name} >= ${value}`, asked),
    ];
    const update = [["SET", sets] as const, ["ADD", adds] as const].filter(([, terms]) => terms.length > 0);
    const changes = { ...set, ...init, ...add };
    const questions = { ...where, ...atLeast };
    const names = Object.keys({ ...changes, ...questions });
    return {
      Update: {
        TableName: this.#name,
        Key: this.#key(kind, id),
        UpdateExpression: update.map(([verb, terms]) => `${verb} ${terms.join(", ")}`).join(" "),
        ...(conditions.length > 0 && { ConditionExpression: conditions.join(" AND ") }),
        ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
        ExpressionAttributeValues: { ...attributesOf(changes, changed), ...attributesOf(questions, asked) },
      },
    };
  }

  remove(kind: string, id: string): TransactWriteItem {
    return { Delete: { TableName: this.#name, Key: this.#key(kind, id) } };
  }

  #key(kind: string, id: string) {
    return { pk: { S: `${this.shop}#${kind}` }, sk: { S: id } };
  }
}

/** Before the names of the values that an attribute gets, and of those that it is compared with. */
const changed = ":";
const asked = ":if_";

function termsOf(
  values: Values = {},
  term: (name: string, value: string) => string,
  prefix = changed,
): string[] {
  return Object.keys(values).map((name) => term(`#${name}`, `${prefix}${name}`));
}

function attributesOf(values: Values, prefix = ""): Record<string, AttributeValue> {
  const entries = Object.entries(values).map(([name, value]): [string, AttributeValue] => {
    return [`${prefix}${name}`, typeof value === "number" ? { N: String(value) } : { S: value }];
  });
  return Object.fromEntries(entries);
}

function valuesOf({ pk, sk, ...item }: Record<string, AttributeValue>): Values {
  const entries = Object.entries(item).map(([name, { S, N }]) => [name, S ?? Number(N)]);
  return Object.fromEntries(entries);
}
