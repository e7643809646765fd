import { join } from "node:path";
import { defineConfig } from "backstep";
import { orderSaga } from "./sagas/order/saga.js";
import { orderServices } from "./sagas/order/services.js";
import { readSettings } from "./sagas/order/settings.js";

const store = join(import.meta.dirname, ".backstep/local.db");

export default defineConfig({
  sagas: [orderSaga(readSettings(process.env))],
  services: () => orderServices(store), // the shop's tables are beside the engine's, in one file
  store,
});
