import { AssertionError } from "node:assert";
import { describe, expect, it } from "vitest";
import { Done, Ended, Paid } from "../../runtime/shop.js";
import { aPaidShop, aShop, payment } from "./shop-scenario.js";

const declined = aShop.step("capture").refuses("card declined").when().started().receives(Paid, payment);
const stuck = aShop.step("ship").refuses("no address").when().started().receives(Paid, payment);
const tooLate = aPaidShop.cancelled();

/** Each expectation: one that holds, one that does not, and what that one says. */
const expectations = [
  {
    name: "status",
    holds: declined.expect().status("compensated"),
    fails: declined.expect().status("completed"),
    says: 'Expected the status to be "completed", but it is "compensated".',
  },
  {
    name: "reason, by its text",
    holds: declined.expect().reason("capture refused: card declined"),
    fails: declined.expect().reason("card declined"),
    says: 'Expected the reason to be "card declined", but it is "capture refused: card declined".',
  },
  {
    name: "reason, by a pattern",
    holds: declined.expect().reason(/declined$/),
    fails: aPaidShop.expect().reason(/declined$/),
    says: "Expected the reason to match /declined$/, but it is undefined.",
  },
  {
    name: "compensated",
    holds: declined.expect().compensated(["payment", "order", "reserve"]),
    fails: declined.expect().compensated(["order", "payment", "reserve"]),
    says:
      'Expected what is compensated, in its order, to be ["order","payment","reserve"], ' +
      'but it is ["payment","order","reserve"].',
  },
  {
    name: "notStarted",
    holds: declined.expect().notStarted(["ship", "tell"]),
    fails: declined.expect().notStarted(["order", "ship"]),
    says: 'Expected "order" to be "notStarted", but it is "compensated".',
  },
  {
    name: "steps",
    holds: declined.expect().steps({ capture: "refused", payment: "compensated" }),
    fails: declined.expect().steps({ capture: "done", payment: "compensated" }),
    says: 'Expected "capture" to be "done", but it is "refused".',
  },
  {
    name: "output",
    holds: aPaidShop.expect().output({ shipped: "ok" }),
    fails: aPaidShop.expect().output({ shipped: "lost" }),
    says: 'Expected the output to be {"shipped":"lost"}, but it is {"shipped":"ok"}.',
  },
  {
    name: "published",
    holds: declined.expect().published(Ended, { id: "o-1" }),
    fails: declined.expect().published(Ended, { id: "o-2" }),
    says:
      'Expected "shop.ended" with {"id":"o-2"} to be published, ' +
      'but published was it with {"id":"o-1","why":"capture refused: card declined"}.',
  },
  {
    name: "published, whatever its payload",
    holds: aPaidShop.expect().published(Done),
    fails: declined.expect().published(Done),
    says: 'Expected "shop.done" to be published, but published was "shop.ended".',
  },
  {
    name: "notPublished",
    holds: declined.expect().notPublished(Done),
    fails: declined.expect().notPublished(Ended),
    says: 'Expected "shop.ended" not to be published, but it was.',
  },
  {
    name: "called",
    holds: declined.expect().called("undo payment"),
    fails: declined.expect().called("run ship"),
    says: 'Expected "run ship" to be called, but it was called 0 times.',
  },
  {
    name: "called so often",
    holds: declined.expect().called("run capture", { times: 1 }),
    fails: declined.expect().called("run capture", { times: 2 }),
    says: 'Expected "run capture" to be called 2 times, but it was called 1 time.',
  },
  {
    name: "notCalled",
    holds: declined.expect().notCalled("probe capture"),
    fails: declined.expect().notCalled("undo order"),
    says: 'Expected "undo order" to be called 0 times, but it was called 1 time.',
  },
  {
    name: "unclaimed",
    holds: aPaidShop.expect().unclaimed([]),
    fails: aPaidShop.expect().unclaimed([Paid]),
    says: 'Expected what is unclaimed to be ["paid"], but it is [].',
  },
  {
    name: "parkedAt",
    holds: stuck.expect().parkedAt("ship", /no address/),
    fails: stuck.expect().parkedAt("capture"),
    says: 'Expected "capture" to be parked, but parked is "ship".',
  },
  {
    name: "commandRefused",
    holds: tooLate.expect().commandRefused("cannot be cancelled"),
    fails: tooLate.expect().commandRefused(/never/),
    says: 'Expected a command to be refused with /never/, but the refusal says: "shop/o-1" is completed',
  },
];

describe.each(expectations)("the expectation $name", ({ holds, fails, says }) => {
  it("holds where it is so", async () => {
    expect((await holds).ref).toEqual({ saga: "shop", id: "o-1" });
  });

  it("says what is so where it is not", async () => {
    const error = await rejection(fails);
    expect(error).toBeInstanceOf(AssertionError);
    expect(error.message.split("\n")[0]).toContain(says);
  });
});

async function rejection(promise: PromiseLike<unknown>): Promise<AssertionError> {
  return promise.then(
    () => expect.unreachable("it holds"),
    (error) => error,
  );
}

describe("a failure", () => {
  it("shows every expectation that does not hold, and the journal", async () => {
    const error = await rejection(declined.expect().status("completed").compensated([]).notStarted(["ship"]));
    expect(error.message).toBe(`Expected the status to be "completed", but it is "compensated".
Expected what is compensated, in its order, to be [], but it is ["payment","order","reserve"].

shop/o-1 is compensated: capture refused: card declined

  0  0ms  started: reserve started
  1  0ms  reserve done; order started
  2  0ms  order done; payment waits for 30m
  3  0ms  payment done; capture started
  4  0ms  capture refused: card declined; goes backward; payment is being compensated
  5  0ms  payment compensated; order is being compensated
  6  0ms  order compensated; reserve is being compensated
  7  0ms  reserve compensated; compensated: capture refused: card declined

  reserve  compensated
  order    compensated
  payment  compensated
  capture  refused      card declined
  ship     notStarted
  tell     notStarted`);
    expect(error.expected).toEqual(["completed", []]);
    expect(error.actual).toEqual(["compensated", ["payment", "order", "reserve"]]);
  });

  it("has the two sides of a single expectation, for the difference that a runner shows", async () => {
    const error = await rejection(declined.expect().status("completed"));
    expect([error.expected, error.actual]).toEqual(["completed", "compensated"]);
  });

  it("points at the line of the test that expects it", async () => {
    const error = await rejection(declined.expect().status("completed"));
    const frame = error.stack?.split("\n").find((line) => /^\s+at /.test(line));
    expect(frame).toContain("expectation.test.ts");
  });

  it("shows the beginning and the end of a long journal", async () => {
    const unlucky = aShop.compensation("order").throws().step("capture").refuses("no").when().started();
    let going = unlucky.receives(Paid, payment).after({ minutes: 5 });
    for (let times = 0; times < 20; times++) going = going.retried().after({ minutes: 5 });
    const { message } = await rejection(going.expect().status("completed"));
    expect(message).toMatch(/\n {2}… +\d+ entries\n/);
    expect(message.split("\n").length).toBeLessThan(45);
    expect(Math.max(...message.split("\n").map((line) => line.length))).toBeLessThanOrEqual(110);
  });
});

it("rejects with a command's refusal that nothing expects", async () => {
  await expect(tooLate.expect().status("completed")).rejects.toMatchObject({ code: "COMMAND_REFUSED" });
});
