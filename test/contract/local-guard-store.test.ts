import { openLocalDatabase } from "../../src/local/local-database.js";
import { LocalGuardStore } from "../../src/local/local-guard-store.js";
import { describeGuardStore } from "./guard.contract.js";
import { temporaryFolder } from "./temporary-folder.js";

describeGuardStore("LocalGuardStore", () => {
  const folder = temporaryFolder();
  const databases = [0, 1].map(() => openLocalDatabase(folder.file("store.db")));
  const [store, other] = databases.map((database) => new LocalGuardStore(database));
  if (store === undefined || other === undefined) throw new Error("There are two databases.");
  return {
    store,
    other,
    close: () => {
      for (const database of databases) database.close();
      folder.remove();
    },
  };
});
