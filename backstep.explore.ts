import { orderExploration } from "./sagas/order/exploration.js";

export default [orderExploration];
