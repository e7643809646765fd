import { join } from "node:path";
import { defineConfig } from "backstep";
import { orderSaga } from "./sagas/order/saga.js";
import { openServices } from "./sagas/order/services.js";

const store = join(import.meta.dirname, ".backstep/local.db");

export default defineConfig({
  name: "my-project", // of what is deployed
  sagas: [orderSaga],
  services: () => openServices(store), // called by an engine or a function, never by a command
  store,
});
