import { MemoryGuardStore } from "backstep/participant";
import { given } from "backstep/testing";
import { test } from "vitest";
import { OrderPaid, orderSaga } from "./saga.js";
import { createServices } from "./services.js";

// Every line returns a new chain, so that tests can share a beginning. Without an answer the real code runs.
const begun = given(orderSaga, { services: () => createServices(new MemoryGuardStore()) }).input({
  id: "o-1",
  item: "tea",
  cents: 900,
});
const payment = { id: "o-1", paymentId: "p-1" };

test("what is paid is shipped", async () => {
  await begun
    .when()
    .started()
    .receives(OrderPaid, payment)
    .expect()
    .status("completed")
    .output({ trackingId: "parcel-o-1" });
});

test("what is not paid in time is given back", async () => {
  await begun
    .when()
    .started()
    .after({ minutes: 30 })
    .expect()
    .compensated(["reserve"])
    .notStarted(["capture", "ship"]);
});

test("what cannot be captured is refunded and given back", async () => {
  await begun
    .step("capture")
    .refuses("card declined")
    .when()
    .started()
    .receives(OrderPaid, payment)
    .expect()
    .status("compensated")
    .compensated(["payment", "reserve"]);
});

test("a payment that comes too late is refunded", async () => {
  await begun
    .when()
    .started()
    .after({ minutes: 31 })
    .receives(OrderPaid, payment)
    .expect()
    .status("compensated")
    .called("late payment", { times: 1 });
});
