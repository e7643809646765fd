import { parseEnvelope } from "../core/envelope.js";
import { additions, schema } from "./local-schema.js";
import { RawDatabase } from "./raw-database.js";

/** Findings of one kind that are told one by one. */
const rowsMax = 100;

/** What is asked of the rows of a table: what a query finds is wrong, and its first column says where. */
const questions: readonly { readonly sql: string; readonly flaw: (where: string) => string }[] = [
  {
    sql: `SELECT DISTINCT instance FROM backstep_journal
      WHERE instance NOT IN (SELECT key FROM backstep_instances)`,
    flaw: (key) => `There are journal entries of instance number ${key}, which has no head.`,
  },
  {
    sql: "SELECT instance FROM backstep_awake WHERE instance NOT IN (SELECT key FROM backstep_instances)",
    flaw: (key) => `Instance number ${key} is noted as awake, and has no head.`,
  },
  {
    sql: `SELECT key FROM backstep_instances
      WHERE key > (SELECT seq FROM sqlite_sequence WHERE name = 'backstep_instances')`,
    flaw: (key) => `Instance number ${key} would be given a second time.`,
  },
  {
    sql: `SELECT saga || '/' || id || ': ' || event_id FROM backstep_mail WHERE NOT json_valid(mail)
      OR json_extract(mail, '$.id') IS NOT event_id OR json_extract(mail, '$.receivedAt') IS NOT received_at`,
    flaw: (name) => `The domain event "${name}" is not what its row says.`,
  },
  {
    sql: `SELECT p.id FROM backstep_published p WHERE NOT json_valid(payload)
      OR p.id NOT GLOB p.saga || '/' || p.instance_id || '/*' OR NOT EXISTS (
        SELECT 1 FROM backstep_instances i WHERE i.saga = p.saga AND i.id = p.instance_id)`,
    flaw: (id) => `The published event "${id}" is not what its row says, or its instance is not there.`,
  },
  {
    sql: "SELECT seq FROM backstep_dead_letters WHERE NOT json_valid(body)",
    flaw: (seq) => `Dead letter ${seq} cannot be read.`,
  },
];

/** What is wrong with the rows beside heads and journals. */
export function* flawsOfTables(database: RawDatabase): Generator<string> {
  for (const { sql, flaw } of questions) {
    for (const [where] of database.prepare(`${sql} LIMIT ${rowsMax}`).rows([])) yield flaw(String(where));
  }
  yield* flawsOfWakes(database);
}

function* flawsOfWakes(database: RawDatabase): Generator<string> {
  for (const [seq, body] of database.prepare("SELECT seq, body FROM backstep_wakes").rows([])) {
    try {
      parseEnvelope(JSON.parse(String(body)));
    } catch {
      yield `Event ${seq} of another process cannot be read.`;
    }
  }
}

/** Tables and indexes that are not as this version makes them; older code made stores without additions. */
export function flawsOfSchema(database: RawDatabase): readonly string[] {
  const fresh = new RawDatabase(":memory:");
  try {
    fresh.exec(schema);
    const required = new Set(declarations(fresh).keys());
    fresh.exec(additions);
    const present = declarations(database);
    return [...declarations(fresh)]
      .filter(([name, sql]) => present.get(name) !== sql && (required.has(name) || present.has(name)))
      .map(([name]) => `"${name}" is ${present.has(name) ? "not as it was made" : "not there"}.`);
  } finally {
    fresh.close();
  }
}

function declarations(database: RawDatabase): ReadonlyMap<string, string> {
  const rows = database
    .prepare("SELECT name, sql FROM sqlite_master WHERE name GLOB 'backstep_*' AND sql IS NOT NULL")
    .rows([]);
  return new Map(rows.map(([name, sql]) => [String(name), String(sql)]));
}
