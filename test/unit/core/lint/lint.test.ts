import { type Duration, defineEvent, defineSaga } from "backstep";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { AnySaga } from "../../../../src/core/definition/nodes.js";
import { updateLock } from "../../../../src/core/lint/compare-lock.js";
import type { Finding } from "../../../../src/core/lint/finding.js";
import { lint } from "../../../../src/core/lint/lint.js";
import { emptyLock } from "../../../../src/core/lint/saga-lock.js";

const paid = defineEvent({ name: "paid", payload: z.object({ id: z.string() }) });
const once = { attempts: 1 };
const undo = () => undefined;
const run = () => undefined;
const id = (payload: { id: string }) => payload.id;

function begin(options: { deadline?: Duration } = {}) {
  return defineSaga({ name: "order", version: 1, input: z.object({ id: z.string() }), id, ...options });
}

/** The findings about locked sagas whose compensations read nothing. */
function findingsOf(...sagas: readonly AnySaga[]): readonly Finding[] {
  const lock = updateLock(emptyLock, sagas, false);
  return lint(sagas, { lock, findUnguarded: () => undefined });
}

describe("irreversible-step", () => {
  const step = (name: string, compensate: "none" | "readOnly") =>
    begin()
      .step("reserve", { run, compensate: undo })
      .step(name as "any", { run, compensate })
      .pivot("go", { run });

  it.each([
    ["sendReceipt", "none", "send"],
    ["notify-customer", "none", "notify"],
    ["order_email", "none", "email"],
    ["cardCharge", "readOnly", "charge"],
    ["sendSMSNow", "none", "send"],
    ["customerSMSQueue", "none", "sms"],
  ] as const)("warns of %s with %j before the pivot, for its word %j", (name, compensate, word) => {
    expect(findingsOf(step(name, compensate).build())).toEqual([
      {
        rule: "irreversible-step",
        severity: "warning",
        saga: "order",
        version: 1,
        step: name,
        problem: expect.stringContaining(`the compensate "${compensate}", and its word "${word}"`),
        fix: 'Move it behind the pivot "go", or give it a compensate that makes up for it.',
      },
    ]);
  });

  it.each(["checkCharge", "refundPolicy", "shipment", "payments", "validateEmail", "resend", "scoreOrder"])(
    "is silent about %s",
    (name) => {
      expect(findingsOf(step(name, "none").build())).toEqual([]);
    },
  );

  it("is silent where the step has a compensation, is the pivot, or comes after it", () => {
    const saga = begin()
      .step("sendOffer", { run, compensate: undo })
      .pivot("charge", { run })
      .step("sendReceipt", { run })
      .build();
    expect(findingsOf(saga)).toEqual([]);
  });

  it("advises to make the last step with effects the pivot where there is none", () => {
    const saga = begin()
      .step("reserve", { run, compensate: undo })
      .step("shipOrder", { run, compensate: "none" })
      .step("look", { run, compensate: "readOnly" })
      .build();
    expect(findingsOf(saga)).toMatchObject([
      { step: "shipOrder", fix: "Make it the pivot, or give it a compensate that makes up for it." },
    ]);
  });

  it("advises to move a step where effects follow it, or where it stands in a branch", () => {
    const early = begin()
      .step("shipOrder", { run, compensate: "none" })
      .step("book", { run, compensate: undo })
      .build();
    const branch = begin()
      .parallel("both", (b) => b.step("shipOrder", { run, compensate: "none" }))
      .build();
    for (const saga of [early, branch]) {
      const fix = "Move it behind a pivot, or give it a compensate that makes up for it.";
      expect(findingsOf(saga)).toMatchObject([{ step: "shipOrder", fix }]);
    }
  });
});

describe("endless-wait", () => {
  const wait = { event: paid, id, onLate: undo, compensate: undo };

  it("rejects a wait without a timeout in a saga without a deadline", () => {
    expect(findingsOf(begin().waitFor("payment", wait).build())).toMatchObject([
      { rule: "endless-wait", severity: "error", step: "payment", fix: expect.stringContaining('"within"') },
    ]);
  });

  it.each([
    ["a timeout", begin().waitFor("payment", { ...wait, within: { hours: 1 } })],
    ["a deadline", begin({ deadline: { hours: 1 } }).waitFor("payment", wait)],
  ])("is silent where there is %s", (_, builder) => {
    expect(findingsOf(builder.build())).toEqual([]);
  });
});

describe("endless-retry", () => {
  const retry = { attempts: "unlimited" } as const;

  it("rejects an unlimited retry before the pivot in a saga without a deadline", () => {
    const saga = begin().step("book", { run, compensate: undo, retry }).pivot("go", { run }).build();
    expect(findingsOf(saga)).toMatchObject([{ rule: "endless-retry", severity: "error", step: "book" }]);
  });

  it.each([
    ["after the pivot", begin().pivot("go", { run, retry }).step("ship", { run, retry })],
    ["with a deadline", begin({ deadline: { hours: 1 } }).step("book", { run, compensate: undo, retry })],
    ["with a limit", begin().step("book", { run, compensate: undo, retry: { attempts: 1_000 } })],
  ])("is silent %s", (_, builder) => {
    expect(findingsOf(builder.build())).toEqual([]);
  });
});

describe("outlasts-deadline", () => {
  // Three calls of 10 s, pauses of 1 s and 2 s: 33 s at most.
  const slow = { run, compensate: undo, retry: { attempts: 3 }, timeout: { seconds: 10 } };
  const wait = { event: paid, id, onLate: undo, compensate: undo };

  it("warns of a step whose attempts can take longer than the deadline, jitter not taken off", () => {
    const saga = begin({ deadline: { seconds: 32 } })
      .step("book", slow)
      .build();
    expect(findingsOf(saga)).toMatchObject([
      {
        rule: "outlasts-deadline",
        severity: "warning",
        step: "book",
        problem: 'The step "book" can take "33s" over all its attempts, longer than the "deadline" of "32s".',
      },
    ]);
  });

  it("is silent where the attempts just fit", () => {
    expect(
      findingsOf(
        begin({ deadline: { seconds: 33 } })
          .step("book", slow)
          .build(),
      ),
    ).toEqual([]);
  });

  it("counts the pauses after refusals", () => {
    const retry = { attempts: 1, refused: [{ days: 1 }, { days: 3 }] };
    const saga = begin({ deadline: { days: 2 } })
      .step("book", { ...slow, retry })
      .build();
    expect(findingsOf(saga)).toMatchObject([{ step: "book", problem: expect.stringContaining('"4d"') }]);
  });

  it("warns of a timeout that never fires", () => {
    const saga = begin({ deadline: { hours: 1 } })
      .waitFor("payment", { ...wait, within: { hours: 2 } })
      .build();
    expect(findingsOf(saga)).toMatchObject([{ severity: "warning", step: "payment" }]);
  });

  it("rejects a sleep that no instance gets past", () => {
    const saga = begin({ deadline: { hours: 1 } })
      .sleep("rest", { hours: 2 })
      .build();
    expect(findingsOf(saga)).toMatchObject([{ severity: "error", step: "rest" }]);
  });

  it("warns once of a way to the pivot that is longer as a whole, the longest branch counted", () => {
    const saga = begin({ deadline: { seconds: 100 } })
      .step("book", slow)
      .parallel(
        "both",
        (b) => b.step("left", slow).step("left2", slow),
        (b) => b.step("right", slow),
      )
      .sleep("rest", { seconds: 2 })
      .pivot("go", { run })
      .build();
    expect(findingsOf(saga)).toEqual([
      {
        rule: "outlasts-deadline",
        severity: "warning",
        saga: "order",
        version: 1,
        problem:
          'The way to the pivot "go" can take "1m 41s" in all, longer than the "deadline" of "1m 40s".',
        fix: 'Make the "deadline" longer, or timeouts, retries and waits shorter.',
      },
    ]);
  });

  it("does not add up what comes after the pivot, nor what only the deadline ends", () => {
    const saga = begin({ deadline: { seconds: 34 } })
      .step("book", slow)
      .waitFor("payment", wait)
      .step("poll", { ...slow, retry: { attempts: "unlimited" } })
      .pivot("go", { run, retry: once })
      .sleep("rest", { seconds: 30 })
      .build();
    expect(findingsOf(saga)).toEqual([]);
  });
});

describe("unclaimed-event", () => {
  const wait = { event: paid, id, within: { hours: 1 }, compensate: undo };

  it("warns of a wait without onLate", () => {
    expect(findingsOf(begin().waitFor("payment", wait).build())).toMatchObject([
      {
        rule: "unclaimed-event",
        severity: "warning",
        step: "payment",
        problem: expect.stringContaining('"paid"'),
      },
    ]);
  });

  it("is silent where there is one", () => {
    expect(
      findingsOf(
        begin()
          .waitFor("payment", { ...wait, onLate: undo })
          .build(),
      ),
    ).toEqual([]);
  });
});

describe("unguarded-output", () => {
  it("asks about every compensation before the pivot, in branches too, and tells what is read", () => {
    const saga = begin()
      .step("trunk", { run, compensate: () => "in the trunk" })
      .parallel("both", (b) => b.step("branch", { run, compensate: () => "in a branch" }))
      .step("look", { run, compensate: "readOnly" })
      .pivot("go", { run })
      .build();
    const lock = updateLock(emptyLock, [saga], false);
    const findUnguarded = (source: string) => (source.includes("branch") ? "output.id" : undefined);
    expect(lint([saga], { lock, findUnguarded })).toEqual([
      {
        rule: "unguarded-output",
        severity: "error",
        saga: "order",
        version: 1,
        step: "branch",
        problem:
          'The compensate of the step "branch" reads "output.id", but its output is undefined where the ' +
          "outcome of the step is unknown.",
        fix: "Undo by the forwardKey, or look first whether there is an output.",
      },
    ]);
  });
});

describe("lint", () => {
  it("tells by saga and version, errors before warnings", () => {
    const waiting = (name: string, version: number) =>
      defineSaga({ name, version, input: z.object({ id: z.string() }), id })
        .waitFor("payment", { event: paid, id, compensate: undo })
        .build();
    const findings = findingsOf(waiting("b", 1), waiting("a", 2), waiting("a", 1));
    expect(findings.map(({ saga, version, severity }) => `${saga} ${version} ${severity}`)).toEqual([
      "a 1 error",
      "a 1 warning",
      "a 2 error",
      "a 2 warning",
      "b 1 error",
      "b 1 warning",
    ]);
  });
});
