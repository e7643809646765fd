import { defineConfig } from "../../../src/index.js";
import { noOpSaga } from "../../no-op-saga.js";

/** What is deployed to time its cold start. */
export default defineConfig({ sagas: [noOpSaga(5)] });
