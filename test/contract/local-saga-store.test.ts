import { createLocalSagaStore } from "../../src/local/local-saga-store.js";
import { describeSagaStore } from "./saga-store.contract.js";
import { temporaryFolder } from "./temporary-folder.js";

describeSagaStore("LocalSagaStore", async () => {
  const folder = temporaryFolder();
  const store = createLocalSagaStore(folder.file("store.db"));
  return {
    store,
    close: async () => {
      await store.close();
      folder.remove();
    },
  };
});
