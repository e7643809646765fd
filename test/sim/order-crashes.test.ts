import { describe, expect, it } from "vitest";
import { orderOptions } from "../../sagas/order/exploration.js";
import { orderBooks } from "../../sagas/order/proof/order-books.js";
import { orderSaga } from "../../sagas/order/saga.js";
import type { OrderShop } from "../../sagas/order/services.js";
import type { ExploreOptions } from "../../src/testing/explore/options.js";
import { Explorer } from "../../src/testing/explore/run.js";
import type { Fault } from "../../src/testing/fate/fate.js";
import { setups } from "../unit/runtime/shop.js";

/** What can become of an order. */
interface Story {
  readonly card?: "good" | "declined";
  readonly faults?: readonly Fault[];
}

const stories: Readonly<Record<string, Story>> = {
  paid: {},
  "never paid": { faults: [{ spot: "event payment.received", way: "never" }] },
  "paid early": { faults: [{ spot: "event payment.received", way: "early" }] },
  "paid late": { faults: [{ spot: "event payment.received", way: "late" }] },
  "paid with a bad card": { card: "declined" },
  cancelled: { faults: [{ spot: "order/o-1 rest 2", way: "meanwhile cancel" }] },
};

type Setup = Omit<(typeof setups)[number], "name">;

/** A window that the timer queue takes, so that its wake is one of the effects. */
const order = orderSaga({ paymentWindow: { minutes: 10 } });

/** Plays a story, with a crash somewhere or without, and says what came of it. */
async function play(
  { card = "good", faults = [] }: Story,
  { lanes, fuse }: Setup,
  crash: readonly Fault[] = [],
) {
  let books: string[] = [];
  const { services, ...others } = orderOptions;
  const options: ExploreOptions<typeof order, OrderShop> = {
    ...others,
    lanes,
    fuse,
    services(clock) {
      const shop = services(clock);
      shop.database.exec(`UPDATE shop_payments SET card = '${card}'`);
      return shop;
    },
    dispose(shop) {
      // Their order is checked by G4; a late refund may come at any time.
      books = orderBooks(shop)
        .map(({ direction, key }) => `${direction} ${key}`)
        .sort();
    },
  };
  const { play, wrong, passed } = await new Explorer(order, options).run([...faults, ...crash], () => false);
  const { steps, ended } = play.instances()[0]?.state ?? { steps: {}, ended: undefined };
  const settled = Object.fromEntries(Object.entries(steps).map(([step, record]) => [step, record.settled]));
  const published = new Set(play.world.bus.published.map(({ event }) => event.event));
  const outcome = {
    wrong,
    status: ended?.status,
    output: ended?.output,
    settled,
    books,
    published: [...published],
  };
  return { outcome, passed, happened: play.world.faults.length - faults.length };
}

const cases = setups.flatMap((setup) => Object.keys(stories).map((story) => ({ ...setup, story })));

describe.each(cases)("an order that is $story ($name)", async ({ story, ...setup }) => {
  const calm = await play(stories[story] ?? {}, setup);
  const crashes = calm.passed
    .filter(({ ways }) => ways.includes("crash"))
    .map(({ spot }) => spot.replace("order/o-1 ", ""));

  it("ends", () => {
    expect(calm.outcome).toMatchObject({
      wrong: [],
      status: /^paid( early)?$/.test(story) ? "completed" : "compensated",
    });
  });

  it.each(crashes)("crash: %s: it ends as without it", async (spot) => {
    const crash: Fault = { spot: `order/o-1 ${spot}`, way: "crash" };
    const { outcome, happened } = await play(stories[story] ?? {}, setup, [crash]);
    expect(happened).toBe(1);
    expect(outcome).toEqual(calm.outcome);
  });
});
