import { describe, expect, it } from "vitest";
import type { JournalEntry } from "../../../../src/core/journal/entry.js";
import { fold } from "../../../../src/core/journal/evolve.js";
import { reasonOf, statusOf } from "../../../../src/core/journal/status.js";
import { redactHistory, redactRulesOf } from "../../../../src/core/redact/redact-history.js";
import { stayWith } from "../../testing/history/stay.js";

const stay = stayWith();

const card = "4111-1111";
const origin = {
  saga: "pay",
  id: "p-1",
  version: 1,
  fingerprint: "f",
  input: { card, cents: 900 },
  startedAt: 1,
  tags: { card, customer: "c-7" },
  changes: [{ kind: "started", step: "charge", phase: "run" }],
} as const;
const entries: readonly JournalEntry[] = [
  {
    n: 1,
    at: 2,
    nonce: "a",
    cause: { kind: "outcome", key: "charge", phase: "run", attempt: 1 },
    changes: [
      {
        kind: "parked",
        key: "charge",
        reason: { code: "attemptsExhausted", message: `no answer for ${card}` },
        error: { name: "Error", message: "gave up", cause: { name: "TypeError", message: `card ${card}` } },
      },
    ],
    publish: [{ id: "pay/p-1/1/0", event: "saga.parked", payload: { reason: `no answer for ${card}` } }],
  },
  {
    n: 2,
    at: 3,
    nonce: "b",
    cause: { kind: "command", command: "resolve", reason: `by hand, ${card}` },
    changes: [{ kind: "settled", step: "charge", as: "done", output: { receipt: "r-1", card } }],
  },
];
const mail = [{ id: `e-${card}`, event: "paid", payload: { card }, receivedAt: 2 }];
const history = { origin, entries, mail, note: "kept" };

describe("redactHistory", () => {
  it("takes out a tag that is named, however short it is, and its text elsewhere", () => {
    const tagged = { ...origin, tags: { pin: "12", holder: "Ann Lee" } };
    const letter = { id: "e-1", event: "paid", payload: "of Ann Lee", receivedAt: 2 };
    const shown = redactHistory({ origin: tagged, entries, mail: [letter] }, ["pin", "holder"]);
    expect(shown.origin.tags).toEqual({ pin: "[redacted]", holder: "[redacted]" });
    expect(shown.mail[0]?.payload).toBe("of [redacted]");
  });

  it("leaves a secret in nothing but the ids of domain events", () => {
    const shown = redactHistory(history, ["card"]);
    const ids = shown.mail.map(({ id }) => id);
    expect(ids).toEqual([`e-${card}`]);
    expect(JSON.stringify({ ...shown, mail: shown.mail.map(({ payload }) => payload) })).not.toContain(card);
    expect(shown).toMatchObject({
      note: "kept",
      origin: { input: { card: "[redacted]", cents: 900 }, tags: { card: "[redacted]", customer: "c-7" } },
      entries: [
        { changes: [{ error: { cause: { name: "TypeError", message: "card [redacted]" } } }] },
        { cause: { reason: "by hand, [redacted]" }, changes: [{ output: { receipt: "r-1" } }] },
      ],
    });
  });

  it("folds as before, with the reason redacted", () => {
    const shown = redactHistory(history, ["card"]);
    const parked = fold(shown.origin, shown.entries.slice(0, 1));
    expect([statusOf(parked), reasonOf(parked)]).toEqual(["parked", "charge: no answer for [redacted]"]);
    expect(statusOf(fold(shown.origin, shown.entries))).toBe(statusOf(fold(origin, entries)));
  });

  it.each([[undefined], [[]]])("changes nothing by the rules %j", (rules) => {
    expect(redactHistory(history, rules)).toBe(history);
  });
});

describe("redactRulesOf", () => {
  it("joins the lists of all versions, and has none for a saga that is not declared", () => {
    const sagas = [
      { ...stay, redact: ["card"] },
      { ...stay, version: 2, redact: [/sk_/] },
    ];
    expect(redactRulesOf(sagas, "stay")).toEqual(["card", /sk_/]);
    expect(redactRulesOf([stay], "stay")).toEqual([]);
    expect(redactRulesOf(sagas, "parcel")).toBeUndefined();
  });
});
