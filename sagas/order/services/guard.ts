import { StepRefused } from "backstep";
import type { LocalDatabase } from "backstep/local";

/** What came of a call, as the ledger keeps it. Only `done` and `undone` changed anything. */
export type CallAnswer = "done" | "refused" | "undone" | "tombstone" | "nothing" | "repeat" | "failed";

/** One call of an operation of a service. */
export interface Call {
  readonly operation: string;
  /** The idempotency key of the forward call, whichever direction this one has. */
  readonly key: string;
  readonly orderId: string | null;
}

/** What a service knows of a key when it is asked. */
export type Found<Value> = { readonly done: Value } | "absent";

/** Makes the calls of one service idempotent: effect, answer and ledger row are one transaction. */
export interface Guard {
  /**
   * Carries out `effect` the first time that its key comes; later calls get the first answer, also a refusal.
   * After a tombstone nothing is carried out any more.
   * @throws StepRefused what `effect` threw, or that the key was withdrawn
   */
  forward<Value>(call: Call, effect: () => Value): Value;
  /** Carries out `effect` once if the forward call took place; else leaves a tombstone: it never will. */
  undo<Value>(call: Call, effect: (value: Value) => void): void;
  /** Whether the forward call took place; if not, leaves a tombstone so that it never will. */
  find<Value>(call: Call): Found<Value>;
}

type Answer =
  | { readonly kind: "done"; readonly value: unknown; readonly undone: boolean }
  | { readonly kind: "refused" | "tombstone"; readonly value: string };

const withdrawn: Answer = { kind: "tombstone", value: "withdrawn before it began" };

/** @param service the name under which the ledger keeps its calls */
export function createGuard(database: LocalDatabase, service: string): Guard {
  const answers = createAnswers(database);
  const ledger = createLedger(database, service);

  /** One transaction; an error that is no answer rolls it back, and the ledger keeps that it happened. */
  function answering<Value>(call: Call, direction: Direction, work: () => Value): Value {
    try {
      return database.transaction(work);
    } catch (error) {
      database.transaction(() => ledger.note(call, direction, "failed"));
      throw error;
    }
  }

  return {
    forward(call, effect) {
      const answer = answering(call, "forward", () => {
        const kept = answers.read(call.key);
        if (kept !== undefined) {
          ledger.note(call, "forward", "repeat");
          return kept;
        }
        const first = attempt(effect);
        answers.keep(call.key, first);
        ledger.note(call, "forward", first.kind);
        return first;
      });
      if (answer.kind === "done") return answer.value as ReturnType<typeof effect>;
      throw new StepRefused(answer.value);
    },

    undo(call, effect) {
      answering(call, "undo", () => {
        const kept = answers.read(call.key);
        if (kept === undefined) {
          answers.keep(call.key, withdrawn);
          return ledger.note(call, "undo", "tombstone");
        }
        if (kept.kind !== "done") return ledger.note(call, "undo", "nothing");
        if (kept.undone) return ledger.note(call, "undo", "repeat");
        effect(kept.value as Parameters<typeof effect>[0]);
        answers.markUndone(call.key);
        ledger.note(call, "undo", "undone");
      });
    },

    find<Value>(call: Call): Found<Value> {
      return answering(call, "probe", () => {
        const kept = answers.read(call.key);
        if (kept === undefined) answers.keep(call.key, withdrawn);
        ledger.note(call, "probe", kept === undefined ? "tombstone" : "repeat");
        return kept?.kind === "done" ? { done: kept.value as Value } : "absent";
      });
    },
  };
}

/** A refusal is an answer like any other and is kept; an effect throws it before it changes anything. */
function attempt(effect: () => unknown): Answer {
  try {
    return { kind: "done", value: effect(), undone: false };
  } catch (error) {
    if (error instanceof StepRefused) return { kind: "refused", value: error.message };
    throw error;
  }
}

function createAnswers(database: LocalDatabase) {
  const select = database.prepare("SELECT kind, value, undone FROM shop_answers WHERE key = ?");
  const insert = database.prepare("INSERT INTO shop_answers (key, kind, value) VALUES (?, ?, ?)");
  const mark = database.prepare("UPDATE shop_answers SET undone = 1 WHERE key = ?");
  return {
    read(key: string): Answer | undefined {
      const row = select.get(key) as { kind: Answer["kind"]; value: string; undone: number } | undefined;
      if (row === undefined) return undefined;
      const value: unknown = JSON.parse(row.value);
      if (row.kind === "done") return { kind: "done", value, undone: row.undone === 1 };
      return { kind: row.kind, value: String(value) };
    },
    keep(key: string, answer: Answer): void {
      insert.run(key, answer.kind, JSON.stringify(answer.value ?? null));
    },
    markUndone(key: string): void {
      mark.run(key);
    },
  };
}

type Direction = "forward" | "undo" | "probe";

function createLedger(database: LocalDatabase, service: string) {
  const insert = database.prepare(
    `INSERT INTO shop_calls (at, service, operation, direction, key, order_id, answer)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  return {
    note(call: Call, direction: Direction, answer: CallAnswer): void {
      insert.run(Date.now(), service, call.operation, direction, call.key, call.orderId, answer);
    },
  };
}
