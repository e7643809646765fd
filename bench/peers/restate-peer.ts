import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import type { Peer } from "./peer.js";
import { findNodeObstacle, findProgram } from "./peer-packages.js";
import { withPeerProcess } from "./peer-process.js";
import { withServer } from "./server.js";

const packageName = "@restatedev/restate-server";

/** Restate: a server of its own, which calls the steps over HTTP/2. */
export const restatePeer: Peer = {
  name: "restate",

  findObstacle() {
    if (findProgram(packageName, "restate-server") !== undefined) return findNodeObstacle();
    const platform = `${process.platform}-${process.arch}`;
    return `Its server does not come for ${platform}. Run the bench on Linux or macOS.`;
  },

  async run(folder, use) {
    const [node = 0, ingress = 0, admin = 0] = await freePorts(3);
    const server = {
      command: findProgram(packageName, "restate-server") ?? "",
      args: [
        "--no-logo",
        "--listen-mode",
        "tcp",
        "--bind-ip",
        "127.0.0.1",
        "--base-dir",
        join(folder, "data"),
      ],
      env: {
        ...process.env,
        TMPDIR: folder, // it leaves a folder there
        RESTATE_DISABLE_TELEMETRY: "true",
        RESTATE_LOG_FILTER: "warn",
        RESTATE_DEFAULT_NUM_PARTITIONS: "1", // 24 by default, which are for a cluster and cost one node half
        RESTATE_BIND_PORT: `${node}`,
        RESTATE_INGRESS__BIND_PORT: `${ingress}`,
        RESTATE_ADMIN__BIND_PORT: `${admin}`,
      },
      logFile: join(folder, "restate.log"),
      isReady: async () =>
        (await isHealthy(`http://127.0.0.1:${ingress}/restate/health`)) &&
        (await isHealthy(`http://127.0.0.1:${admin}/health`)),
    };
    return await withServer(server, () => withPeerProcess("restate.mjs", [`${ingress}`, `${admin}`], use));
  },
};

async function isHealthy(url: string): Promise<boolean> {
  return (await fetch(url)).ok;
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}
