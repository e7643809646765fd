import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import type { S3Client } from "@aws-sdk/client-s3";
import { isSagaError, SagaError } from "../../errors/saga-error.js";
import type { IdSource } from "../../ports/id-source.js";
import { failedCall } from "../failed-call.js";
import { type Item, itemOf, parseJson, type Row } from "./row.js";
import type { Table } from "./table.js";

/** Where large payloads go. */
export interface PayloadBucket {
  readonly bucket: string;
  /** Asked for at the first large payload: most instances have none. */
  readonly client: () => S3Client | Promise<S3Client>;
}

/** Which payload: its partition, its attribute, and the attributes that its chunks share with its item. */
export interface PayloadPlace {
  readonly pk: string;
  /** The attribute of the text; that of a payload kept aside is `<attribute>Aside`. */
  readonly attribute: string;
  readonly chunk: Item;
  /** The longest text that stays in its item, bytes of UTF-8. Default `inlineBytesMax`. */
  readonly inlineBytes?: number;
}

/** What an item says of a payload kept aside. */
interface Aside {
  readonly name: string;
  /** Of the text, not compressed. */
  readonly bytes: number;
  /** How many rows; absent where it is in a bucket. */
  readonly chunks?: number;
  readonly s3?: string;
}

/** Longer texts are kept aside, bytes of UTF-8. An item may have 400 KB. */
export const inlineBytesMax = 200_000;

const chunkBytesMax = 380_000;
const chunksMax = 24;
/** From here on a bucket is cheaper, compressed bytes. */
const tableBytesMax = 300_000;

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** Keeps texts in their items, and long ones aside: compressed, in rows of their own or in a bucket. */
export class Payloads {
  readonly #table: Table;
  readonly #ids: Pick<IdSource, "id">;
  readonly #s3: PayloadBucket | undefined;

  constructor(table: Table, ids: Pick<IdSource, "id">, s3: PayloadBucket | undefined) {
    this.#table = table;
    this.#ids = ids;
    this.#s3 = s3;
  }

  /**
   * The attribute that holds or names the text. What is kept aside is written before the item that names it:
   * under a new name each time, so that no writer ever touches what another's item names.
   * @throws SagaError PAYLOAD_TOO_LARGE, AWS_DENIED
   */
  async pack(place: PayloadPlace, text: string): Promise<Item> {
    const { attribute, inlineBytes = inlineBytesMax } = place;
    const bytes = Buffer.byteLength(text);
    if (bytes <= inlineBytes) return itemOf({ [attribute]: text });
    const data = await compress(text);
    const name = this.#ids.id();
    const aside = this.#s3 !== undefined && data.length > tableBytesMax;
    const where = aside ? await this.#putObject(place, name, data) : await this.#putChunks(place, name, data);
    return itemOf({ [`${attribute}Aside`]: JSON.stringify({ name, bytes, ...where } satisfies Aside) });
  }

  /** The text that `pack` was given. @throws SagaError ITEM_UNREADABLE, AWS_DENIED */
  async unpack(row: Row, attribute: string): Promise<string> {
    const named = `${attribute}Aside`;
    if (!row.has(named)) return row.text(attribute);
    const aside = parseAside(row, named);
    const data =
      aside.s3 === undefined
        ? await this.#getChunks(row, named, aside)
        : await this.#getObject(row, named, aside.s3);
    try {
      const text = await decompress(data, { maxOutputLength: Math.max(1, aside.bytes) });
      if (text.length === aside.bytes) return text.toString();
    } catch (error) {
      throw row.unreadable(named, "names what cannot be decompressed", error);
    }
    throw row.unreadable(named, "names a payload of another length");
  }

  async #putChunks({ pk, attribute, chunk }: PayloadPlace, name: string, data: Buffer) {
    const chunks = Math.ceil(data.length / chunkBytesMax);
    if (chunks > chunksMax) throw tooLarge(pk, attribute, data.length);
    const puts = Array.from({ length: chunks }, (_, at) => {
      const part = data.subarray(at * chunkBytesMax, (at + 1) * chunkBytesMax);
      const key = itemOf({ pk, sk: `${chunkPrefix(name)}${String(at).padStart(4, "0")}` });
      return this.#table.put({ ...key, ...chunk, data: { B: part } });
    });
    await Promise.all(puts);
    return { chunks };
  }

  async #getChunks(row: Row, named: string, { name, chunks }: Aside): Promise<Buffer> {
    const prefix = chunkPrefix(name);
    const rows = await this.#table.range(row.pk, prefix, `${prefix}~`);
    if (rows.length !== chunks)
      throw row.unreadable(named, `names ${chunks} chunks; there are ${rows.length}`);
    return Buffer.concat(rows.map((each) => each.bytes("data")));
  }

  async #putObject({ pk }: PayloadPlace, name: string, data: Buffer) {
    const key = `${pk}/${name}`;
    const { PutObjectCommand } = await import("@aws-sdk/client-s3");
    const { bucket: Bucket, client } = this.#bucket();
    await this.#onBucket("s3:PutObject", async () =>
      (await client()).send(new PutObjectCommand({ Bucket, Key: key, Body: data })),
    );
    return { s3: key };
  }

  async #getObject(row: Row, named: string, Key: string): Promise<Uint8Array> {
    const { GetObjectCommand } = await import("@aws-sdk/client-s3");
    const { bucket: Bucket, client } = this.#bucket();
    const { Body } = await this.#onBucket("s3:GetObject", async () =>
      (await client()).send(new GetObjectCommand({ Bucket, Key })),
    ).catch((error: unknown) => {
      if (!(error instanceof Error) || error.name !== "NoSuchKey") throw error;
      throw row.unreadable(named, `names "${Key}", which the bucket "${Bucket}" does not have`, error);
    });
    return (await Body?.transformToByteArray()) ?? new Uint8Array();
  }

  #bucket(): PayloadBucket {
    if (this.#s3 !== undefined) return this.#s3;
    throw new SagaError("ENVIRONMENT_INVALID", "A payload is in a bucket, and none is set.", {
      fix: "Set BACKSTEP_PAYLOAD_BUCKET to the bucket that it was written to.",
    });
  }

  async #onBucket<Answer>(action: string, act: () => Promise<Answer>): Promise<Answer> {
    try {
      return await act();
    } catch (error) {
      throw bucketError(error, action, this.#bucket().bucket);
    }
  }
}

function bucketError(error: unknown, action: string, bucket: string): unknown {
  if (!(error instanceof Error) || isSagaError(error)) return error;
  if (error.name === "NoSuchBucket") {
    return new SagaError("ENVIRONMENT_INVALID", `There is no bucket "${bucket}".`, {
      fix: "Correct BACKSTEP_PAYLOAD_BUCKET, or deploy the stack again.",
      cause: error,
    });
  }
  return failedCall(error, action, `bucket "${bucket}"`);
}

function chunkPrefix(name: string): string {
  return `b#${name}#`;
}

function tooLarge(pk: string, attribute: string, bytes: number): SagaError {
  const problem = `The ${attribute} of "${pk}" has ${bytes} bytes when compressed, more than the `;
  return new SagaError("PAYLOAD_TOO_LARGE", `${problem}${chunksMax * chunkBytesMax} that the table takes.`, {
    fix: "Set BACKSTEP_PAYLOAD_BUCKET to a bucket for such payloads, or keep a reference to it instead.",
    details: { pk, bytes, bytesMax: chunksMax * chunkBytesMax },
  });
}

function parseAside(row: Row, named: string): Aside {
  const value = parseJson(row, named, row.text(named));
  const { name, bytes, chunks, s3 } = value;
  const isWhole = typeof name === "string" && typeof bytes === "number";
  if (isWhole && typeof s3 === "string") return { name, bytes, s3 };
  if (isWhole && typeof chunks === "number") return { name, bytes, chunks };
  throw row.unreadable(named, "does not say where the payload is");
}
