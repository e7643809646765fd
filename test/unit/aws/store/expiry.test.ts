import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Expiry } from "../../../../src/aws/store/expiry.js";

const day = 86_400_000;
const start = 1_767_225_600_000;
const days = (from: number, to: number) =>
  fc.double({ min: from, max: to, noNaN: true }).map((count) => Math.round(count * day));

describe("expiry", () => {
  test("is the deadline, or 30 days after the start, and the retention", () => {
    const expiry = new Expiry({ days: 10 });
    expect(expiry.first({ startedAt: start, deadlineAt: start + day })).toBe(start + 11 * day);
    expect(expiry.first({ startedAt: start })).toBe(start + 40 * day);
    expect(expiry.first({ startedAt: start, deadlineAt: start + 90 * day })).toBe(start + 40 * day);
  });

  test("is the first one until the retention no longer fits into it, then 30 days later", () => {
    const expiry = new Expiry({ days: 10 });
    const life = { startedAt: start, deadlineAt: start + day };
    expect(expiry.of(life, start)).toBe(start + 11 * day);
    expect(expiry.of(life, start + day)).toBe(start + 11 * day);
    expect(expiry.of(life, start + day + 1)).toBe(start + 41 * day);
    expect(expiry.of(life, start + 32 * day)).toBe(start + 71 * day);
  });

  test("never comes sooner than a retention after what was written", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 400 }),
        days(0, 400),
        days(0, 2_000),
        (retention, deadline, now) => {
          const expiry = new Expiry({ days: retention });
          const life = { startedAt: start, deadlineAt: start + deadline };
          expect(expiry.of(life, start + now)).toBeGreaterThanOrEqual(start + now + retention * day);
          expect(expiry.of(life, start + now)).toBeGreaterThanOrEqual(expiry.first(life));
        },
      ),
    );
  });

  test("of an entry is no sooner than that of a head that was put off before, nor that of mail", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 400 }),
        days(0, 400),
        days(0, 400),
        days(0, 1),
        (retention, deadline, since, early) => {
          const expiry = new Expiry({ days: retention });
          const life = { startedAt: start, deadlineAt: start + deadline };
          const standing = expiry.first(life);
          const putOffAt = standing - Math.floor(early * (expiry.windowMs / day));
          const head = expiry.of(life, putOffAt);
          expect(head).toBeGreaterThan(standing);
          expect(expiry.of(life, putOffAt + since)).toBeGreaterThanOrEqual(head);
          expect(expiry.ofMail(start + since)).toBeGreaterThanOrEqual(standing);
          expect(expiry.ofMail(putOffAt + since)).toBeGreaterThanOrEqual(head);
        },
      ),
    );
  });

  test("of mail that a later start finds is no sooner than that of its head", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 400 }), days(0, 400), (retention, deadline) => {
        const expiry = new Expiry({ days: retention });
        const life = { startedAt: start, deadlineAt: start + deadline };
        expect(expiry.ofMail(expiry.oldestMail(start))).toBeGreaterThanOrEqual(expiry.first(life));
      }),
    );
  });

  test("of a life's mail is past its time for the next life", () => {
    const expiry = new Expiry({ days: 10 });
    const endedAt = start + day;
    const nextStart = expiry.first({ startedAt: start, deadlineAt: endedAt });
    expect(expiry.oldestMail(nextStart + 1)).toBeGreaterThan(endedAt);
  });

  test("never comes where everything is kept for ever", () => {
    const expiry = new Expiry("forever");
    expect(expiry.of({ startedAt: start }, start)).toBe(Number.POSITIVE_INFINITY);
    expect(expiry.ofMail(start)).toBe(Number.POSITIVE_INFINITY);
    expect(expiry.oldestMail(start)).toBe(Number.NEGATIVE_INFINITY);
  });

  test("takes no retention of less than two days, for it is put off once a day", () => {
    expect(() => new Expiry({ days: 1 })).toThrowError(expect.objectContaining({ code: "DURATION_INVALID" }));
    expect(new Expiry({ days: 2 }).windowMs).toBe(day);
    expect(new Expiry().windowMs).toBe(7 * day);
  });
});
