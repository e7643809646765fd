import { freePort, said, startProcess } from "./emulator-process.js";
import { type Emulator, services } from "./target.js";

const command = process.env.MINISTACK_BIN ?? "ministack";

/** Most of AWS in a process of Python: the most faithful of those that need no Docker. */
export const ministack: Emulator = {
  name: "MiniStack",
  services,
  lacks: {
    readUnits: "MiniStack counts the least for every read",
    transactIndexUnits: "MiniStack counts indexes once in a transaction",
  },
  missing: async () => {
    if ((await said(command, "--help")) !== undefined) return undefined;
    return `"${command}" does not run: pip install ministack==1.5.33, and name it in MINISTACK_BIN`;
  },
  start: async () => {
    const port = await freePort();
    const env = { BIND_HOST: "127.0.0.1", GATEWAY_PORT: String(port) };
    return startProcess({ command, args: [], port, env });
  },
};
