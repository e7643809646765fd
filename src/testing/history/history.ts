import { z } from "zod";
import type { EntryCause } from "../../core/journal/entry.js";
import type { Json } from "../../core/json.js";
import { SagaError } from "../../errors/saga-error.js";
import type { LoadedInstance } from "../../ports/saga-store.js";
import type { Journal } from "./replay-journal.js";

/** The format of recorded histories that this code writes and reads. */
const historyFormat = 1;

/** A recorded history: all that was journalled of an instance, as plain JSON. */
export interface History extends Journal {
  readonly format: typeof historyFormat;
  readonly saga: string;
  readonly version: number;
  readonly fingerprint: string;
  /** What it is a history of, for people. */
  readonly note?: string;
  /** What its saga keeps to itself is taken out. */
  readonly redacted?: true;
}

/** The history of an instance as `client.get` gives it. */
export function historyOf({ head: { origin }, entries, mail }: LoadedInstance, note?: string): History {
  const { saga, version, fingerprint } = origin;
  const told = note === undefined ? {} : { note };
  return { format: historyFormat, saga, version, fingerprint, ...told, origin, entries, mail };
}

const causeKinds: readonly EntryCause["kind"][] = [
  "outcome",
  "interrupted",
  "begin",
  "defer",
  "mail",
  "timer",
  "command",
  "park",
];
const change = z.looseObject({ kind: z.string() });
const count = z.int().min(0);
const historySchema = z.object({
  format: z.literal(historyFormat),
  saga: z.string(),
  version: z.int(),
  fingerprint: z.string(),
  note: z.string().optional(),
  redacted: z.literal(true).optional(),
  origin: z.looseObject({
    saga: z.string(),
    id: z.string(),
    version: z.int(),
    fingerprint: z.string(),
    startedAt: count,
    changes: z.array(change),
  }),
  entries: z.array(
    z.looseObject({
      n: z.int().positive(),
      at: count,
      cause: z.looseObject({ kind: z.enum(causeKinds) }),
      changes: z.array(change),
      publish: z.array(z.looseObject({ event: z.string() })).optional(),
    }),
  ),
  mail: z.array(z.looseObject({ id: z.string(), event: z.string(), receivedAt: count })),
});

/**
 * Reads a recorded history.
 *
 * @param file names it in the error
 * @throws SagaError HISTORY_INVALID
 */
export function parseHistory(text: string, file: string): History {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalidHistory(file, "is not JSON", cause);
  }
  const parsed = historySchema.safeParse(value);
  if (!parsed.success) {
    const [first] = parsed.error.issues;
    throw invalidHistory(file, `is no history: "${first?.path.join(".")}" ${first?.message}`);
  }
  // The schema reads what replaying needs to rely on; the rest is the journal's own and kept as it is.
  return parsed.data as unknown as History;
}

/** The error of a file that cannot be replayed. @param why such as `is not JSON` */
export function invalidHistory(file: string, why: string, cause?: unknown): SagaError {
  const problem = `The file "${file}" ${why}.`;
  return new SagaError("HISTORY_INVALID", problem, {
    details: { file },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The text of a history: the same for the same history, each value on a line of its own. */
export function formatHistory(history: History): string {
  return `${JSON.stringify(ordered(history as unknown as Json), undefined, 2)}\n`;
}

/** What comes first in an object; the rest follows by name. */
const keysFirst = [
  "format",
  "saga",
  "id",
  "version",
  "fingerprint",
  "note",
  "redacted",
  "origin",
  "n",
  "at",
  "kind",
  "key",
  "step",
];

function ordered(value: Json): Json {
  if (Array.isArray(value)) return value.map(ordered);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => rank(one) - rank(other) || (one < other ? -1 : 1))
      .map(([key, inner]) => [key, ordered(inner)]),
  );
}

function rank(key: string): number {
  const at = keysFirst.indexOf(key);
  return at < 0 ? keysFirst.length : at;
}
