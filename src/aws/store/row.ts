import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { SagaError } from "../../errors/saga-error.js";

/** An item as the SDK has it. */
export type Item = Readonly<Record<string, AttributeValue>>;

/** Values as attributes: texts, numbers and flags; what is `undefined` is left out. */
export function itemOf(values: Readonly<Record<string, string | number | true | undefined>>): Item {
  const item: Record<string, AttributeValue> = {};
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === "string") item[name] = { S: value };
    else if (typeof value === "number") item[name] = { N: String(value) };
    else if (value === true) item[name] = { BOOL: true };
  }
  return item;
}

/** Reads an item that somebody may have edited. Each method throws SagaError ITEM_UNREADABLE. */
export class Row {
  readonly pk: string;
  readonly sk: string;
  readonly item: Item;

  constructor(item: Item) {
    this.item = item;
    this.pk = item.pk?.S ?? "";
    this.sk = item.sk?.S ?? "";
  }

  has(name: string): boolean {
    return this.item[name] !== undefined;
  }

  text(name: string): string {
    return this.item[name]?.S ?? this.#refuse(name, "is no text");
  }

  optionalText(name: string): string | undefined {
    return this.has(name) ? this.text(name) : undefined;
  }

  number(name: string): number {
    const value = Number(this.item[name]?.N ?? Number.NaN);
    return Number.isFinite(value) ? value : this.#refuse(name, "is no number");
  }

  optionalNumber(name: string): number | undefined {
    return this.has(name) ? this.number(name) : undefined;
  }

  bytes(name: string): Uint8Array {
    return this.item[name]?.B ?? this.#refuse(name, "holds no bytes");
  }

  /** Of the texts that there can be. */
  oneOf<Text extends string>(name: string, texts: readonly Text[]): Text {
    const text = this.text(name);
    return texts.find((each) => each === text) ?? this.#refuse(name, `is ${JSON.stringify(text)}`);
  }

  /** The error that names the attribute. */
  unreadable(name: string, what: string, cause?: unknown): SagaError {
    const { pk, sk } = this;
    const problem = `The item "${pk}" / "${sk}" cannot be read: its attribute "${name}" ${what}.`;
    return new SagaError("ITEM_UNREADABLE", problem, { details: { pk, sk, attribute: name }, cause });
  }

  #refuse(name: string, what: string): never {
    throw this.unreadable(name, this.has(name) ? what : "is missing");
  }
}

/** Reads JSON that an attribute holds. */
export function parseJson(row: Row, name: string, text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw row.unreadable(name, "is no JSON", error);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw row.unreadable(name, "is no JSON object");
}

const phraseLengthMax = 1_000;

/** A text for people, short and well-formed: an attribute takes no half of a surrogate pair. */
export function phrase(text: string): string {
  const short = text.length > phraseLengthMax ? `${text.slice(0, phraseLengthMax)}…` : text;
  return Buffer.from(short).toString();
}
