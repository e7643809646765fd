import { type Duration, StepRefused } from "backstep";
import { createMemoryWorld, type MemoryWorld, type MemoryWorldOptions } from "backstep/testing";
import { orderSaga, PaymentReceived } from "../../sagas/order/saga.js";

/** The order saga as it is deployed. */
export const order = orderSaga({ paymentWindow: { minutes: 30 } });

/** The order that every case is about. */
export const one = { saga: "order", id: "o-1" } as const;

type Answers = Readonly<Record<string, () => unknown>>;

/** What the shop's services answer when all goes well, by `<service>.<method>`. */
const allGood: Answers = {
  "stock.reserve": () => ({ reservationId: "r-1" }),
  "stock.release": () => undefined,
  "orders.create": () => undefined,
  "orders.cancel": () => undefined,
  "payments.refund": () => undefined,
  "payments.capture": () => ({ captureId: "c-1" }),
  "payments.find": () => "absent",
  "shipping.book": () => ({ trackingId: "t-1" }),
};

/** Services that give scripted answers, whatever they are called with. */
function scripted(answers: Answers): MemoryWorldOptions<readonly [typeof order]>["services"] {
  const serviceOf = (service: string) =>
    new Proxy({}, { get: (_, method) => async () => answers[`${service}.${String(method)}`]?.() });
  const services = { stock: serviceOf("stock"), orders: serviceOf("orders") };
  return { ...services, payments: serviceOf("payments"), shipping: serviceOf("shipping") } as never;
}

/** One way that an order can go. */
export interface OrderCase {
  readonly name: string;
  /** What it shows, for people. */
  readonly note: string;
  readonly answers?: Answers;
  readonly faults?: MemoryWorldOptions<readonly [typeof order]>["faults"];
  readonly play: (world: MemoryWorld) => Promise<unknown>;
}

function pay(world: MemoryWorld): Promise<unknown> {
  const payment = { orderId: one.id, paymentId: "p-1", cents: 2_500 };
  return world.signal(PaymentReceived.name, payment, { eventId: "p-1" });
}

async function payAfter(world: MemoryWorld, duration: Duration): Promise<void> {
  await world.advance(duration);
  await pay(world);
}

const down = () => {
  throw new Error("stock is down");
};

/** Makes a case's fault points end the first worker that comes to this entry after its append. */
function dieAfter(n: number): NonNullable<OrderCase["faults"]> {
  let isOver = false;
  return {
    at: (point, context) => {
      if (isOver || point !== "afterAppend" || context.n !== n) return;
      isOver = true;
      throw new Error("the worker dies");
    },
  };
}

/** The ways that an order can go. */
export const orderCases: readonly OrderCase[] = [
  { name: "paid", note: "paid in time, captured, shipped", play: (world) => payAfter(world, { minutes: 5 }) },
  { name: "unpaid", note: "never paid: stock and order are given back", play: async () => undefined },
  {
    name: "card-declined",
    note: "the capture is refused: everything goes back, the payment too",
    answers: {
      "payments.capture": () => {
        throw new StepRefused("the card is declined");
      },
    },
    play: (world) => payAfter(world, { minutes: 5 }),
  },
  {
    name: "late-payment",
    note: "paid after the window was over: refunded after the end",
    play: (world) => payAfter(world, { minutes: 40 }),
  },
  {
    name: "crash",
    note: "the worker dies before it creates the order: another one takes over",
    faults: dieAfter(1),
    play: (world) => payAfter(world, { minutes: 10 }),
  },
  {
    name: "parked-compensation",
    note: "stock cannot be given back: parked, until somebody says that it was done by hand",
    answers: { "stock.release": down },
    play: async (world) => {
      await world.advance({ minutes: 45 });
      const given = { actor: { user: "ops" }, reason: "counted the shelf", commandId: "cmd-1" };
      await world.client.command(one, { kind: "resolve", step: "reserveStock" }, given);
    },
  },
  {
    name: "cancel",
    note: "cancelled while it waits for its payment",
    play: async (world) => {
      await world.advance({ minutes: 1 });
      const given = { actor: { user: "ops" }, reason: "the customer called", commandId: "cmd-1" };
      await world.client.command(one, { kind: "cancel" }, given);
    },
  },
];

/** Plays a case to its end. @returns the instance as a store gives it */
export async function playOrder({ answers, faults, play }: OrderCase) {
  const services = scripted({ ...allGood, ...answers });
  const world = createMemoryWorld({ sagas: [order], services, ...(faults === undefined ? {} : { faults }) });
  await world.start("order", { orderId: one.id, sku: "mug", quantity: 1, cents: 2_500 });
  await play(world);
  await world.advance({ hours: 3 });
  return world.client.get(one);
}
