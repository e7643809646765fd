import { MemoryGuardStore } from "../../src/participant/memory-guard-store.js";
import { describeGuardStore } from "./guard.contract.js";

describeGuardStore("MemoryGuardStore", () => {
  const store = new MemoryGuardStore();
  return { store, other: store };
});
