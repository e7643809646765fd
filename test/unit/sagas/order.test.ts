import { StepRefused } from "backstep";
import { given } from "backstep/testing";
import { describe, expect, it } from "vitest";
import { OrderCancelled, OrderCompleted, orderSaga, PaymentReceived } from "../../../sagas/order/saga.js";
import type { OrderServices } from "../../../sagas/order/services.js";

const order = orderSaga({ paymentWindow: { minutes: 30 } });
const payment = { orderId: "o-1", paymentId: "p-1", cents: 500 };

const anOrder = given(order)
  .input({ orderId: "o-1", sku: "mug", quantity: 1, cents: 500 })
  .step("reserveStock")
  .returns({ reservationId: "r-1" })
  .compensation("reserveStock")
  .succeeds()
  .step("createOrder")
  .succeeds()
  .compensation("createOrder")
  .succeeds()
  .compensation("payment")
  .succeeds()
  .onLate("payment")
  .succeeds()
  .step("capture")
  .returns({ captureId: "c-1" })
  .step("ship")
  .returns({ trackingId: "t-1" });

describe("an order", () => {
  it("is shipped and announced when it is paid", () =>
    anOrder
      .when()
      .started()
      .receives(PaymentReceived, payment)
      .expect()
      .status("completed")
      .output({ trackingId: "t-1" })
      .published(OrderCompleted, { orderId: "o-1", trackingId: "t-1" })
      .notPublished(OrderCancelled));

  it("is cancelled when it is not paid in time", () =>
    anOrder
      .when()
      .started()
      .after({ minutes: 30 })
      .expect()
      .status("compensated")
      .compensated(["createOrder", "reserveStock"])
      .notStarted(["capture", "ship", "announce"])
      .published(OrderCancelled, { orderId: "o-1", reason: "payment timed out" }));

  it("gives everything back when the card is declined", () =>
    anOrder
      .step("capture")
      .refuses("card declined")
      .when()
      .started()
      .receives(PaymentReceived, payment)
      .expect()
      .status("compensated")
      .reason(/card declined/)
      .compensated(["payment", "createOrder", "reserveStock"])
      .steps({ capture: "refused", ship: "notStarted" }));

  it("is cancelled without an undo when the stock is refused", () =>
    anOrder
      .step("reserveStock")
      .refuses("sold out")
      .when()
      .started()
      .expect()
      .status("compensated")
      .compensated([])
      .notStarted(["createOrder", "payment"])
      .published(OrderCancelled, { reason: "reserveStock refused: sold out" }));

  it("takes a payment that comes before it", () =>
    anOrder
      .when()
      .receives(PaymentReceived, payment)
      .started()
      .expect()
      .status("completed")
      .notCalled("late payment"));

  it("is shipped by a carrier that fails three times", () =>
    anOrder
      .step("ship")
      .throws("the carrier is down", { times: 3 })
      .step("ship")
      .returns({ trackingId: "t-4" })
      .when()
      .started()
      .receives(PaymentReceived, payment)
      .after({ minutes: 1 })
      .expect()
      .status("completed")
      .called("run ship", { times: 4 })
      .output({ trackingId: "t-4" }));

  it("is shipped when the capture never answered and the probe finds it", () =>
    anOrder
      .step("capture")
      .hangs()
      .probe("capture")
      .finds({ captureId: "c-1" })
      .when()
      .started()
      .receives(PaymentReceived, payment)
      .after({ minutes: 5 })
      .expect()
      .status("completed")
      .called("run capture", { times: 5 })
      .called("probe capture", { times: 1 })
      .notCalled("undo payment"));

  it("is parked when its stock cannot be given back, until someone retries", async () => {
    const stuck = anOrder
      .compensation("reserveStock")
      .throws("the warehouse is closed", { times: 4 })
      .compensation("reserveStock")
      .succeeds()
      .when()
      .started()
      .cancelled("changed my mind")
      .after({ minutes: 1 });
    await stuck.expect().parkedAt("reserveStock", /warehouse is closed/);
    await stuck.retried().expect().status("compensated").compensated(["createOrder", "reserveStock"]);
  });

  it("cannot be cancelled once it is paid and captured", () =>
    anOrder
      .step("ship")
      .throws("the carrier is down")
      .when()
      .started()
      .receives(PaymentReceived, payment)
      .cancelled()
      .expect()
      .commandRefused(/pivot|capture/)
      .steps({ capture: "done" }));
});

describe("the payment of an order", () => {
  type Payments = OrderServices["payments"];

  /** A payment provider that declines every card and remembers what it gave back. */
  function decliningPayments() {
    const refunds: string[] = [];
    const payments: Partial<Payments> = {
      capture: () => {
        throw new StepRefused("card declined");
      },
      refund: ({ paymentId }, key) => void refunds.push(`${paymentId} as ${key}`),
    };
    return { payments: payments as Payments, refunds };
  }

  const aDeclinedOrder = given(order, { services: decliningPayments })
    .input({ orderId: "o-1", sku: "mug", quantity: 1, cents: 500 })
    .step("reserveStock")
    .returns({ reservationId: "r-1" })
    .compensation("reserveStock")
    .succeeds()
    .step("createOrder")
    .succeeds()
    .compensation("createOrder")
    .succeeds();

  it("is given back when it comes too late", async () => {
    const late = aDeclinedOrder.when().started().after({ minutes: 31 });
    const paid = late.receives(PaymentReceived, payment, { eventId: "e-1" });
    const { services } = await paid.expect().status("compensated").unclaimed([]);
    expect(services.refunds).toEqual(["p-1 as order/o-1/payment!late/e-1"]);
  });

  it("is given back when its card is declined, under a key of its own", async () => {
    const paid = aDeclinedOrder.when().started().receives(PaymentReceived, payment);
    const { services } = await paid.expect().status("compensated").notCalled("late payment");
    expect(services.refunds).toEqual(["p-1 as order/o-1/payment!undo"]);
  });
});
