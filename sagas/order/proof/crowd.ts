import type { Act, Customer, When } from "./customers.js";
import { createRandom, type Random } from "./random.js";

type Story =
  | "pays"
  | "pays early"
  | "pays twice"
  | "pays too little"
  | "bad card"
  | "never pays"
  | "pays at the last moment"
  | "pays late"
  | "cancels";

const stories: readonly (readonly [number, Story])[] = [
  [36, "pays"],
  [6, "pays early"],
  [6, "pays twice"],
  [2, "pays too little"],
  [10, "bad card"],
  [12, "never pays"],
  [12, "pays at the last moment"],
  [8, "pays late"],
  [8, "cancels"],
];

const articles: readonly (readonly [number, string])[] = [
  [78, "mug"],
  [10, "print"],
  [12, "lamp"],
];

/** How many customers come, over which time, and how long each may take to pay. Times in milliseconds. */
export interface CrowdOptions {
  readonly seed: number;
  readonly orders: number;
  readonly arrivalMs: number;
  readonly windowMs: number;
  /** Begins the ids of the orders. */
  readonly prefix: string;
}

/** A mixed crowd: the seed says who comes when, wants what and does what. */
export function mixedCrowd({ seed, orders, arrivalMs, windowMs, prefix }: CrowdOptions): Customer[] {
  const random = createRandom(seed);
  return Array.from({ length: orders }, (_, at) => {
    const story = random.pick(stories);
    const orderId = `${prefix}${String(at + 1).padStart(String(orders).length, "0")}`;
    const cents = random.between(500, 9_900);
    return {
      orderId,
      story,
      sku: random.pick(articles),
      quantity: random.between(1, 3),
      cents,
      placeAt: Math.round((arrivalMs * at) / orders) + random.between(0, 200),
      acts: actsOf(story, orderId, cents, windowMs, random),
    };
  });
}

/** How long after its time a timer usually fires here; who wants to hit a moment aims earlier. */
const aimEarlyMs = 4;

/** A crowd whose every payment is sent within `aroundMs` of the moment at which it times out. */
export function racingCrowd(options: CrowdOptions, aroundMs: number): Customer[] {
  const { seed, orders, arrivalMs, prefix } = options;
  const random = createRandom(seed);
  return Array.from({ length: orders }, (_, at) => {
    const orderId = `${prefix}${String(at + 1).padStart(String(orders).length, "0")}`;
    const cents = random.between(500, 9_900);
    const when: When = { aroundDue: random.between(-aroundMs, aroundMs) - aimEarlyMs };
    return {
      orderId,
      story: "pays at the last moment",
      sku: "mug",
      quantity: 1,
      cents,
      placeAt: Math.round((arrivalMs * at) / orders),
      acts: [pay(orderId, cents, when)],
    };
  });
}

function actsOf(story: Story, orderId: string, cents: number, windowMs: number, random: Random): Act[] {
  const soon: When = { afterPlacing: random.between(0, windowMs * 0.7) };
  switch (story) {
    case "pays":
      return [pay(orderId, cents, soon)];
    case "pays early":
      return [pay(orderId, cents, { afterPlacing: -random.between(1, 200) })];
    case "pays twice":
      return [
        pay(orderId, cents, soon),
        {
          ...pay(orderId, cents, { afterPlacing: random.between(0, windowMs * 1.5) }),
          paymentId: `pay-${orderId}-b`,
        },
      ];
    case "pays too little":
      return [pay(orderId, cents - 100, soon)];
    case "bad card":
      return [{ ...pay(orderId, cents, soon), card: "declined" }];
    case "never pays":
      return [];
    case "pays at the last moment":
      return [pay(orderId, cents, { aroundDue: random.between(-8, 8) })];
    case "pays late":
      return [pay(orderId, cents, { aroundDue: random.between(20, 1_500) })];
    case "cancels":
      return [
        { kind: "cancel", when: { afterPlacing: random.between(0, windowMs) } },
        pay(orderId, cents, { afterPlacing: random.between(0, windowMs * 1.2) }),
      ];
  }
}

function pay(orderId: string, cents: number, when: When): Extract<Act, { kind: "pay" }> {
  return { kind: "pay", when, paymentId: `pay-${orderId}`, card: "good", cents };
}
