import { once } from "node:events";
import type { AddressInfo } from "node:net";
import createServer from "dynalite";
import type { Emulator } from "./target.js";

/** DynamoDB in the process of the tests. */
export const dynalite: Emulator = {
  name: "dynalite",
  services: ["dynamoDb"],
  lacks: {
    transactions: "dynalite has none",
    indexUnits: "dynalite counts none",
  },
  missing: async () => undefined,
  start: async () => {
    const server = createServer({ createTableMs: 0, deleteTableMs: 0 });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    return {
      endpoint: `http://127.0.0.1:${port}`,
      stop: async () => {
        server.closeAllConnections();
        await new Promise((closed) => server.close(closed));
      },
    };
  },
};
