import { join } from "node:path";
import { defineConfig } from "backstep";
import { orderSaga } from "./sagas/order/saga.js";
import { openServices } from "./sagas/order/services.js";

const store = join(import.meta.dirname, ".backstep/local.db");

export default defineConfig({
  sagas: [orderSaga],
  services: () => openServices(store), // called when an engine starts, never by another command
  store,
});
