import type { AttributeValue } from "@aws-sdk/client-dynamodb";

/** An item as DynamoDB keeps it. */
export type Item = Readonly<Record<string, AttributeValue>>;

/** Bytes of an item by DynamoDB's documented rules: names and values, UTF-8. */
export function itemSize(item: Item): number {
  return sum(Object.entries(item), ([name, value]) => Buffer.byteLength(name) + valueSize(value));
}

function valueSize(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return numberSize(value.N);
  if (value.B !== undefined) return value.B.byteLength;
  if (value.BOOL !== undefined || value.NULL !== undefined) return 1;
  if (value.SS !== undefined) return sum(value.SS, (text) => Buffer.byteLength(text));
  if (value.NS !== undefined) return sum(value.NS, numberSize);
  if (value.BS !== undefined) return sum(value.BS, (bytes) => bytes.byteLength);
  if (value.L !== undefined) return 3 + sum(value.L, (each) => 1 + valueSize(each));
  if (value.M !== undefined) {
    return 3 + sum(Object.entries(value.M), ([name, each]) => 1 + Buffer.byteLength(name) + valueSize(each));
  }
  throw new Error(`An attribute has no size: its type is ${Object.keys(value).join()}.`);
}

/** A byte for two significant digits, and one more; zeros at either end are not significant. */
function numberSize(text: string): number {
  const digits = text
    .toLowerCase()
    .replace(/e.*$/, "")
    .replace(/[^0-9]/g, "")
    .replace(/^0+|0+$/g, "");
  return Math.ceil(digits.length / 2) + 1;
}

function sum<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}
