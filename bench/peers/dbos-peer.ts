import type { Peer } from "./peer.js";
import { findNodeObstacle } from "./peer-packages.js";
import { withPeerProcess } from "./peer-process.js";
import { findPostgresObstacle, withPostgres } from "./postgres.js";

/** DBOS: a library over PostgreSQL. */
export const dbosPeer: Peer = {
  name: "dbos",
  findObstacle: () => findPostgresObstacle() ?? findNodeObstacle(),
  run: (folder, use) => withPostgres(folder, (url) => withPeerProcess("dbos.mjs", [url], use)),
};
