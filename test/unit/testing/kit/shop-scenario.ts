import { given } from "../../../../src/testing/kit/given.js";
import { Paid, Participants, shop } from "../../runtime/shop.js";

/** A shop whose participants do what they are asked. */
export const aShop = given(shop, { services: () => ({ shop: new Participants() }) }).input({ id: "o-1" });

/** A shop without participants: every handler is scripted. */
export const aScriptedShop = given(shop)
  .input({ id: "o-1" })
  .step("reserve")
  .returns({ ref: "r-1" })
  .step("order")
  .returns({ ref: "o-1" })
  .step("capture")
  .returns({ ref: "c-1" })
  .step("ship")
  .returns({ ref: "s-1" })
  .compensation("reserve")
  .succeeds()
  .compensation("order")
  .succeeds()
  .compensation("payment")
  .succeeds()
  .onLate("payment")
  .succeeds();

/** The payload of a payment. */
export const payment = { id: "o-1", payment: "p-1" };

/** A shop that was started and paid. */
export const aPaidShop = aShop.when().started().receives(Paid, payment);
