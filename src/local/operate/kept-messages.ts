import type { Actor } from "../../core/journal/entry.js";
import type { Done, KeptMessage, KeptPage, KeptQuery } from "../../ports/operator-store.js";
import { badCursor } from "../list-heads.js";
import type { LocalSagaStore } from "../local-saga-store.js";
import type { SqlTuple, SqlValue } from "../raw-database.js";
import type { Reading } from "../store-reader.js";

/** The most messages on one page: `KeptQuery.limit`. */
const keptMax = 1_000;

const kinds = { q: "unreadable", d: "deadLetter" } as const;

/** What a text says of itself, where it is JSON. */
const said = (name: string) => `CASE WHEN json_valid(body) THEN json_extract(body, '$.${name}') END`;

const isOneOf =
  "(m.saga, m.id) IN (SELECT json_extract(value, '$.saga'), json_extract(value, '$.id') FROM json_each(?))";

/** Dead letters and unreadable messages, each with who has done with it. */
const messages = `
  SELECT m.*, d.how, d.actor, d.reason, d.at AS done_at FROM (
    SELECT 'd' AS kind, seq, at, lane, error, body, receives, saga, id FROM backstep_dead_letters
    UNION ALL
    SELECT 'q', seq, at, lane, error, body, 1, ${said("saga")}, ${said("id")} FROM backstep_quarantine
  ) m LEFT JOIN backstep_done d ON d.message = m.kind || '-' || m.seq`;

/** The messages that nobody could work, and what became of them. */
export class KeptMessages {
  readonly #store: LocalSagaStore;
  readonly #one: Reading;

  constructor(store: LocalSagaStore) {
    this.#store = store;
    this.#one = store.reading(`${messages} WHERE m.kind = ? AND m.seq = ?`);
  }

  /** @throws SagaError USAGE for a cursor that no page gave */
  page({ kind, instances, withDone = false, limit, cursor }: KeptQuery): KeptPage {
    const conditions: [string, ...SqlValue[]][] = [["TRUE"]];
    if (cursor !== undefined) conditions.push(["(m.at, m.seq, m.kind) < (?, ?, ?)", ...parseCursor(cursor)]);
    if (kind !== undefined) conditions.push(["m.kind = ?", kind === "unreadable" ? "q" : "d"]);
    if (instances !== undefined) conditions.push([isOneOf, JSON.stringify(instances)]);
    if (!withDone) conditions.push(["d.message IS NULL"]);
    const most = Math.min(Math.max(1, limit), keptMax);
    const where = conditions.map(([text]) => text).join(" AND ");
    const rows = this.#store
      .reading(`${messages} WHERE ${where} ORDER BY m.at DESC, m.seq DESC, m.kind DESC LIMIT ?`)
      .rows([...conditions.flatMap(([_text, ...values]) => values), most + 1]);
    const page = rows.slice(0, most);
    const last = page.at(-1);
    const found = { messages: page.map(messageOf) };
    if (last === undefined || rows.length === page.length) return found;
    return { ...found, cursor: `${last[2]}.${last[1]}.${last[0]}` };
  }

  one(id: string): KeptMessage | undefined {
    const [kind, seq] = partsOf(id);
    const row = this.#one.row([kind, seq]);
    return row && messageOf(row);
  }

  /** @returns false if somebody had done with it before, or it is not there */
  async finish(id: string, { how, actor, reason, at }: Done): Promise<boolean> {
    const [kind, seq] = partsOf(id);
    const table = kind === "d" ? "backstep_dead_letters" : "backstep_quarantine";
    const changes = await this.#store.run(
      `INSERT INTO backstep_done (message, how, actor, reason, at) SELECT ?, ?, ?, ?, ?
       WHERE EXISTS (SELECT 1 FROM ${table} WHERE seq = ?) ON CONFLICT DO NOTHING`,
      [`${kind}-${seq}`, how, JSON.stringify(actor), reason ?? null, at, seq],
    );
    return changes === 1;
  }
}

function messageOf(row: SqlTuple): KeptMessage {
  const [kind, seq, at, lane, error, body, receives, saga, id, how, actor, reason, doneAt] = row;
  const hasInstance = typeof saga === "string" && typeof id === "string";
  return {
    id: `${kind}-${seq}`,
    kind: kinds[kind as keyof typeof kinds],
    at: Number(at),
    source: String(lane),
    reason: String(error),
    body: String(body),
    receives: Number(receives),
    ...(hasInstance ? { instance: { saga, id } } : {}),
    ...(typeof how === "string" ? { done: doneOf(how, actor, reason, doneAt) } : {}),
  };
}

function doneOf(how: string, actor?: SqlValue, reason?: SqlValue, at?: SqlValue): Done {
  return {
    how: how as Done["how"],
    actor: JSON.parse(String(actor)) as Actor,
    ...(typeof reason === "string" ? { reason } : {}),
    at: Number(at),
  };
}

/** The table's letter and the number in it; `-1` for what no message is called. */
function partsOf(id: string): [kind: string, seq: number] {
  const [, kind = "q", seq = "-1"] = /^([qd])-(\d{1,15})$/.exec(id) ?? [];
  return [kind, Number(seq)];
}

function parseCursor(cursor: string): SqlValue[] {
  const [, at, seq, kind = ""] = /^(\d{1,16})\.(\d{1,16})\.([qd])$/.exec(cursor) ?? [];
  if (at === undefined) throw badCursor(cursor);
  return [Number(at), Number(seq), kind];
}
