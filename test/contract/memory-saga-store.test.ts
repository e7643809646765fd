import { MemorySagaStore } from "../../src/testing/memory-saga-store.js";
import { describeSagaStore } from "./saga-store.contract.js";

describeSagaStore("MemorySagaStore", async () => ({ store: new MemorySagaStore() }));
