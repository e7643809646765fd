import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { findRoot } from "../work-folder.js";

/** The peers' own packages, which are none of the project's. */
export function peersFolder(): string {
  return join(findRoot(), "bench/peers");
}

/** Installs the peers' packages where they are not there. @throws Error if npm fails */
export function installPeers(progress: (line: string) => void): void {
  if (existsSync(join(peersFolder(), "node_modules/.package-lock.json"))) return;
  progress("  installing the peers in bench/peers, 430 MB: npm ci");
  const npm = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: peersFolder(), encoding: "utf8" });
  if (npm.status === 0) return;
  throw new Error(`npm ci failed in bench/peers. Run it there by hand. ${npm.error?.message ?? npm.stderr}`);
}

/** A program that comes in a package for this platform alone; `undefined` where it did not. */
export function findProgram(packageName: string, program: string): string | undefined {
  const folder = `${packageName}-${process.platform}-${process.arch}`;
  const path = join(peersFolder(), "node_modules", folder, "bin", program);
  return existsSync(path) ? path : undefined;
}

const nodeLeast = 22;

/** The Node that the peers run on: the packaged one, or this one if it is new enough for their SDKs. */
export function findPeerNode(): string | undefined {
  const isNewEnough = Number.parseInt(process.versions.node, 10) >= nodeLeast;
  return findProgram("node", "node") ?? (isNewEnough ? process.execPath : undefined);
}

/** Why no peer's side of the workload can run here; `undefined` where it can. */
export function findNodeObstacle(): string | undefined {
  if (findPeerNode() !== undefined) return undefined;
  return `The peers need Node ${nodeLeast}, and this is ${process.version}. Run the bench with a newer one.`;
}
