import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { JournalEntry, Mail } from "../../core/journal/entry.js";
import { endStatuses } from "../../core/journal/status.js";
import type { Clock } from "../../ports/clock.js";
import type { Head, HeadProjection, InstanceLife, InstanceRef } from "../../ports/saga-store.js";
import { type Expiry, expiresAt, isExpired, wholeSeconds } from "./expiry.js";
import {
  byReceipt,
  optionalAttributes,
  originItem,
  originText,
  parseEntry,
  parseHead,
  parseMail,
  projectionItem,
} from "./instance-rows.js";
import { entryKey, headKey, indexKeys, instanceKey, journalPrefix, mailPrefix, requireRoom } from "./keys.js";
import type { Payloads } from "./payloads.js";
import { stampRows } from "./restamp.js";
import { type Item, itemOf, type Row } from "./row.js";
import type { Put, Table, Update } from "./table.js";

/** What the items of instances are made with. */
export interface InstanceItemsOptions {
  readonly table: Table;
  readonly clock: Pick<Clock, "now">;
  readonly expiry: Expiry;
  readonly payloads: Payloads;
  /** How many shards new index keys are spread over. */
  readonly shards: number;
}

/**
 * The longest origin that stays in the head, bytes of UTF-8. The head is written several times and billed by
 * its size each time, what is kept aside once.
 */
const originBytesMax = 8_000;

/** Makes the writes of an instance, and reads its rows. Large payloads are written on the way. */
export class InstanceItems {
  readonly #options: InstanceItemsOptions;

  constructor(options: InstanceItemsOptions) {
    this.#options = options;
  }

  /** @param token tells this write from every other */
  async headPut(head: Omit<Head, "rev">, token: string): Promise<Put> {
    const { expiry, payloads, shards } = this.#options;
    const { origin } = head;
    const pk = instanceKey(origin);
    const chunk = expiresAt(expiry.first(origin));
    const place = { pk, attribute: "origin", chunk, inlineBytes: originBytesMax };
    const packed = await payloads.pack(place, originText(origin));
    const Item = {
      ...itemOf({ pk, sk: headKey, rev: 1, token, ...indexKeys(origin, head, shards) }),
      ...originItem(origin),
      ...projectionItem(head),
      ...packed,
      ...chunk,
    };
    return { Item, ...this.#absent() };
  }

  /** The end of an instance that has outlived its first expiry stamps its rows, the head with this write. */
  async headUpdate(
    life: InstanceLife,
    rev: number,
    projection: HeadProjection,
    token: string,
  ): Promise<Update> {
    const { table, clock, expiry, shards } = this.#options;
    const now = clock.now();
    const at = expiry.of(life, now);
    const isLate = endStatuses.has(projection.status) && at > expiry.first(life);
    if (isLate) await stampRows(table, instanceKey(life), at, now);
    const set = {
      ...projectionItem(projection),
      ...itemOf({ rev: rev + 1, token, ...indexKeys(life, projection, shards) }),
      ...(isLate ? expiresAt(at) : {}),
    };
    return {
      Key: { ...itemOf({ pk: instanceKey(life), sk: headKey }) },
      ConditionExpression:
        "rev = :lastRev AND startedAt = :startedAt AND (attribute_not_exists(expiresAt) OR expiresAt > :now)",
      ...setting(set, itemOf({ ":lastRev": rev, ":startedAt": life.startedAt, ":now": wholeSeconds(now) })),
    };
  }

  /** An entry of an earlier life is not in the way. */
  async entryPut(life: InstanceLife, entry: JournalEntry): Promise<Put> {
    const { clock, expiry, payloads } = this.#options;
    requireRoom(life, entry.n);
    const pk = instanceKey(life);
    const chunk = expiresAt(expiry.of(life, clock.now()));
    const packed = await payloads.pack({ pk, attribute: "entry", chunk }, JSON.stringify(entry));
    const own = itemOf({ pk, sk: entryKey(entry.n), nonce: entry.nonce, life: life.startedAt });
    return {
      Item: { ...own, ...packed, ...chunk },
      ConditionExpression: "attribute_not_exists(pk) OR life < :life",
      ExpressionAttributeValues: { ...itemOf({ ":life": life.startedAt }) },
    };
  }

  async mailPut(ref: InstanceRef, mail: Mail, token: string): Promise<Put> {
    const { expiry, payloads } = this.#options;
    const pk = instanceKey(ref);
    const chunk = expiresAt(expiry.ofMail(mail.receivedAt));
    const packed = await payloads.pack({ pk, attribute: "mail", chunk }, JSON.stringify(mail));
    const own = itemOf({ pk, sk: `${mailPrefix}${mail.id}`, token });
    return { Item: { ...own, ...packed, ...chunk }, ...this.#absent() };
  }

  async readHead(row: Row): Promise<Head> {
    return parseHead(row, await this.#options.payloads.unpack(row, "origin"));
  }

  /** Of this life. */
  async readEntries(rows: readonly Row[], { startedAt }: InstanceLife): Promise<readonly JournalEntry[]> {
    const own = rows.filter((row) => row.sk.startsWith(journalPrefix) && row.number("life") === startedAt);
    const { payloads } = this.#options;
    return Promise.all(own.map(async (row) => parseEntry(row, await payloads.unpack(row, "entry"))));
  }

  async readLetter(row: Row): Promise<Mail> {
    return parseMail(row, await this.#options.payloads.unpack(row, "mail"));
  }

  /** Mail that has neither expired nor belongs to an earlier life. A head is the last row. */
  async readMail(rows: readonly Row[]): Promise<readonly Mail[]> {
    const letters = rows.filter((row) => row.sk.startsWith(mailPrefix) && !this.isGone(row));
    const mail = await Promise.all(letters.map((row) => this.readLetter(row)));
    const { clock, expiry } = this.#options;
    const since = expiry.oldestMail(this.headRowOf(rows)?.number("startedAt") ?? clock.now());
    return mail.filter(({ receivedAt }) => receivedAt >= since).sort(byReceipt);
  }

  /** The head among rows that end with it; `undefined` also where it counts as deleted. */
  headRowOf(rows: readonly Row[]): Row | undefined {
    const last = rows.at(-1);
    return last?.sk === headKey && !this.isGone(last) ? last : undefined;
  }

  /** Whether a row counts as deleted. */
  isGone(row: Row): boolean {
    return isExpired(row, this.#options.clock.now());
  }

  /** The condition of a write where nothing is, or nothing that does not count as deleted. */
  #absent() {
    return {
      ConditionExpression: "attribute_not_exists(pk) OR expiresAt <= :now",
      ExpressionAttributeValues: { ...itemOf({ ":now": wholeSeconds(this.#options.clock.now()) }) },
    };
  }
}

/** Sets attributes and removes those that a projection may lack. */
function setting(set: Item, conditions: Item) {
  const names = Object.keys(set);
  const gone = optionalAttributes.filter((name) => set[name] === undefined);
  const sets = names.map((name) => `#${name} = :${name}`).join(", ");
  const removes = gone.map((name) => `#${name}`).join(", ");
  const values = names.map((name) => [`:${name}`, set[name] as AttributeValue] as const);
  return {
    UpdateExpression: removes === "" ? `SET ${sets}` : `SET ${sets} REMOVE ${removes}`,
    ExpressionAttributeNames: Object.fromEntries([...names, ...gone].map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: { ...conditions, ...Object.fromEntries(values) },
  };
}
