import { MemorySagaStore } from "../../src/testing/memory-saga-store.js";
import { describeSagaStore } from "./saga-store.contract.js";
import { describeWatchIndex } from "./watch-index.contract.js";

const open = async () => ({ store: new MemorySagaStore() });

describeSagaStore("MemorySagaStore", open);
describeWatchIndex("MemorySagaStore", open);
