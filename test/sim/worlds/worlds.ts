import type { SimulateOptions, Story, StoryCommand, StoryEvent } from "backstep/testing";
import { Books } from "./books.js";
import { Accepted, Declined, Paid } from "./events.js";
import { guide } from "./guide.js";
import { parcel } from "./parcel.js";
import { firstTrip, trip } from "./trip.js";

const sagas = [firstTrip, trip, parcel, guide] as const;

/** What an operator may do to any instance; most of it is refused most of the time. */
const commands: readonly StoryCommand[] = [
  "cancel",
  "pause",
  "resume",
  "retry",
  "terminate",
  { kind: "shed" },
  { kind: "replay" },
  { kind: "replay", compensateFirst: true, newKeys: true },
  ...["seat", "meal", "payment", "answer", "box", "booking"].flatMap((step): StoryCommand[] => [
    { kind: "waive", step },
    { kind: "fireTimer", step },
    { kind: "cancelTimer", step },
  ]),
  { kind: "resolve", step: "ticket", output: { ref: "by hand" } },
];

type Random = () => number;

/** One to four instances; those of one name hear of each other. */
function workload(random: Random): readonly Story[] {
  const below = (limit: number) => Math.floor(random() * limit);
  return Array.from({ length: 1 + below(4) }, (_, at) => {
    const sort = sorts[below(sorts.length)] as (typeof sorts)[number];
    const story = sort(`t-${1 + below(3)}`, random);
    return {
      ...story,
      after: { seconds: at === 0 ? 0 : below(1_800) },
      commands: commands.filter(() => random() < 0.2),
    };
  });
}

const sorts: readonly ((id: string, random: Random) => Story)[] = [
  (id) => ({ saga: "trip", version: 1, input: { id }, events: payments(id, 1) }),
  (id, random) => ({ saga: "trip", input: { id }, events: payments(id, random() < 0.3 ? 2 : 1) }),
  (id, random) => ({
    saga: "parcel",
    input: { id, isHeavy: id === "t-1" },
    events: [
      random() < 0.8
        ? { event: Accepted, payload: { id } }
        : { event: Declined, payload: { id, why: "no time" } },
    ],
  }),
  (id) => ({ saga: "guide", input: { id } }),
];

function payments(id: string, count: number): readonly StoryEvent[] {
  return Array.from({ length: count }, (_, at) => {
    const payment = `${id}-p${at + 1}`;
    return { event: Paid, payload: { id, payment }, id: payment };
  });
}

/** Sagas that together use every feature, guarded participants, and what must hold of them. */
export const worlds: Omit<SimulateOptions<typeof sagas>, "seed"> = {
  sagas,
  services: () => ({ books: new Books() }),
  workload,
  books: ({ books }) => books.effects,
  invariants: {
    "no payment is paid back twice": ({ services: { books } }) => {
      const twice = books.refunds.filter((payment, at) => books.refunds.indexOf(payment) !== at);
      return twice.length === 0 || twice.join(", ");
    },
  },
};
