import { isSagaError } from "../../errors/saga-error.js";
import type { Clock } from "../../ports/clock.js";
import type { IdSource } from "../../ports/id-source.js";
import type { Done, KeptMessage, KeptPage, KeptQuery } from "../../ports/operator-store.js";
import { expiresAt, isExpired, wholeSeconds } from "../store/expiry.js";
import type { ShardedIndex } from "../store/list-heads.js";
import type { Payloads } from "../store/payloads.js";
import { parseMessage, quarantineKinds, quarantinePartition, quarantineRows } from "../store/quarantine.js";
import type { Sifting } from "../store/read-index.js";
import { itemOf, parseJson, phrase, type Row } from "../store/row.js";

/** What kept messages are read with. */
export interface KeptMessagesOptions {
  readonly index: ShardedIndex;
  readonly payloads: Payloads;
  readonly clock: Pick<Clock, "now">;
  readonly ids: Pick<IdSource, "id">;
}

const limitMax = 1_000;
const pageMax = 200;
/** Rows a page of one shard where a filter may drop most of them. */
const siftedPage = 1_000;
const keptMs = 30 * 86_400_000;
const hows = ["dropped", "requeued"] as const;

/** The messages that functions have kept in the table, and what became of them. */
export class KeptMessages {
  readonly #options: KeptMessagesOptions;

  constructor(options: KeptMessagesOptions) {
    this.#options = options;
  }

  /** @throws SagaError USAGE for a cursor that no page gave */
  async page(query: KeptQuery): Promise<KeptPage> {
    const limit = Math.min(Math.max(1, query.limit), limitMax);
    const messages: KeptMessage[] = [];
    const unreadable: string[] = [];
    let cursor = "";
    const page = () => ({ messages, ...(unreadable.length === 0 ? {} : { unreadable }) });
    const { instances, cursor: after } = query;
    if (instances?.length === 0) return page();
    const rowsMax = instances === undefined ? Math.min(limit + 1, pageMax) : siftedPage;
    for await (const row of quarantineRows(this.#options.index, after, rowsMax, siftingOf(query))) {
      try {
        if (!this.#isMeant(row, query)) continue;
        if (messages.length === limit) return { ...page(), cursor };
        messages.push(await this.#read(row));
        cursor = row.sk;
      } catch (error) {
        if (!isSagaError(error, "ITEM_UNREADABLE")) throw error;
        unreadable.push(`${row.pk} / ${row.sk}`);
      }
    }
    return page();
  }

  async one(id: string): Promise<KeptMessage | undefined> {
    const key = keyOf(id);
    const row = key && (await this.#options.index.table.get(key));
    return row === undefined || this.#isGone(row) ? undefined : this.#read(row);
  }

  /**
   * Who has done with a message is noted in it, and it expires.
   * @returns false if somebody had done with it before, or it is not there
   */
  async finish(id: string, { how, actor, reason, at }: Done): Promise<boolean> {
    const { index, ids, clock } = this.#options;
    const key = keyOf(id);
    if (key === undefined) return false;
    const token = ids.id();
    const named = { doneBy: JSON.stringify(actor), doneReason: reason && phrase(reason) };
    const set = { ...itemOf({ doneAt: at, doneHow: how, ...named, token }), ...expiresAt(at + keptMs) };
    const names = Object.keys(set);
    const answer = await index.table.updateIf({
      Key: { ...itemOf({ ...key }) },
      UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(", ")}`,
      ConditionExpression:
        "attribute_exists(pk) AND attribute_not_exists(#doneAt) AND " +
        "(attribute_not_exists(#expiresAt) OR #expiresAt > :now)",
      ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: {
        ...Object.fromEntries(Object.entries(set).map(([name, value]) => [`:${name}`, value])),
        ...itemOf({ ":now": wholeSeconds(clock.now()) }),
      },
    });
    return answer.written || answer.standing?.item.token?.S === token;
  }

  #isMeant(row: Row, { kind, instances, withDone = false }: KeptQuery): boolean {
    if (this.#isGone(row) || (!withDone && row.has("doneAt"))) return false;
    if (kind !== undefined && row.oneOf("kind", quarantineKinds) !== kind) return false;
    if (instances === undefined) return true;
    const [saga, id] = [row.optionalText("saga"), row.optionalText("id")];
    return instances.some((one) => one.saga === saga && one.id === id);
  }

  #isGone(row: Row): boolean {
    return isExpired(row, this.#options.clock.now());
  }

  async #read(row: Row): Promise<KeptMessage> {
    const message = await parseMessage(this.#options.payloads, row);
    const { kind, receivedAt: at, source, reason, body, receives, saga, id } = message;
    const done = doneOf(row);
    return {
      id: `${row.pk.slice(quarantinePartition(0).length - 1)}/${row.sk}`,
      ...{ kind, at, source, reason, body, receives },
      ...(saga === undefined || id === undefined ? {} : { instance: { saga, id } }),
      ...(done === undefined ? {} : { done }),
    };
  }
}

/** Whoever asks for some instances is not sent the bodies of all others. */
function siftingOf({ instances }: KeptQuery): Sifting {
  if (instances === undefined) return {};
  const values = Object.fromEntries(instances.map(({ id }, at) => [`:id${at}`, id]));
  return { filter: `id IN (${Object.keys(values).join(", ")})`, values: { ...itemOf(values) } };
}

/** `3/000001790000000000#message-1` names the shard and the sort key. */
function keyOf(id: string) {
  const [, shard, sk] = /^(\d{1,4})\/(\d{15}#.+)$/s.exec(id) ?? [];
  return shard === undefined || sk === undefined ? undefined : { pk: quarantinePartition(Number(shard)), sk };
}

function doneOf(row: Row): Done | undefined {
  if (!row.has("doneAt")) return undefined;
  const reason = row.optionalText("doneReason");
  return {
    how: row.oneOf("doneHow", hows),
    actor: parseActor(row),
    ...(reason === undefined ? {} : { reason }),
    at: row.number("doneAt"),
  };
}

function parseActor(row: Row): Done["actor"] {
  const { user, host } = parseJson(row, "doneBy", row.text("doneBy"));
  if (typeof user !== "string") throw row.unreadable("doneBy", "names no user");
  return typeof host === "string" ? { user, host } : { user };
}
