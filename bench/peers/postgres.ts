import { spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { findRoot } from "../work-folder.js";
import { withServer } from "./server.js";

/** Where Debian keeps PostgreSQL, a folder for each version. */
const debianFolder = "/usr/lib/postgresql";

/** What differs from PostgreSQL's defaults, which are for a machine of 1 GB. What is durable stays on. */
const settings = ["shared_buffers=1GB", "max_wal_size=4GB", "listen_addresses=", "log_min_messages=warning"];

/** Why there is no PostgreSQL here, and what to do about it; `undefined` where there is one. */
export function findPostgresObstacle(): string | undefined {
  if (findPrograms() === undefined) {
    return "PostgreSQL is not installed. Run apt-get install postgresql, or put its programs into the PATH.";
  }
  if (isRoot() && findServant() === undefined) {
    return "PostgreSQL does not run as root. Add a user named postgres, or run the bench as another user.";
  }
  if (isRoot() && statSync(tmpdir()).dev !== statSync(findRoot()).dev) {
    return `${tmpdir()} is on another disk than the project. Set TMPDIR to a folder on the project's disk.`;
  }
  return undefined;
}

/**
 * Runs a new PostgreSQL of our own while `use` goes on, reached through a socket in its folder.
 * @param folder an empty one, on the project's disk
 */
export async function withPostgres<T>(folder: string, use: (url: string) => Promise<T>): Promise<T> {
  const servant = findServant();
  const home = servant === undefined ? folder : homeOf(servant);
  const remove = () => rmSync(home, { recursive: true, force: true, maxRetries: 20 });
  process.once("exit", remove);
  try {
    const programs = findPrograms() ?? "";
    const data = join(home, "data");
    runProgram(join(programs, "initdb"), ["-D", data, "-U", "bench", "-A", "trust", "-E", "UTF8"], servant);
    const server = {
      command: join(programs, "postgres"),
      args: ["-D", data, "-k", home, ...settings.flatMap((setting) => ["-c", setting])],
      ...servant,
      logFile: join(folder, "postgres.log"),
      isReady: async () => spawnSync(join(programs, "pg_isready"), ["-q", "-h", home]).status === 0,
    };
    return await withServer(server, () => use(`postgresql://bench@localhost/bench?host=${home}`));
  } finally {
    remove();
    process.off("exit", remove);
  }
}

interface Servant {
  readonly uid: number;
  readonly gid: number;
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** Whom to run PostgreSQL as where we are root, which it refuses; `undefined`: as ourselves, or nobody. */
function findServant(): Servant | undefined {
  if (!isRoot()) return undefined;
  const [uid, gid] = ["-u", "-g"].map((flag) => spawnSync("id", [flag, "postgres"], { encoding: "utf8" }));
  if (uid?.status !== 0 || gid?.status !== 0) return undefined;
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
}

/** A folder that another user can reach, which the project's own may not be. */
function homeOf({ uid, gid }: Servant): string {
  const home = mkdtempSync(join(tmpdir(), "bench-postgres-"));
  chownSync(home, uid, gid);
  return home;
}

/** The newest PostgreSQL of Debian, or the one in the PATH. */
function findPrograms(): string | undefined {
  const versions = existsSync(debianFolder) ? readdirSync(debianFolder) : [];
  const debian = versions
    .sort((one, other) => Number(other) - Number(one))
    .map((version) => join(debianFolder, version, "bin"));
  const folders = [...debian, ...(process.env.PATH ?? "").split(delimiter)];
  return folders.find((folder) => existsSync(join(folder, "initdb")));
}

function runProgram(command: string, args: readonly string[], servant: Servant | undefined): void {
  const done = spawnSync(command, args, { ...servant, cwd: "/", encoding: "utf8" });
  if (done.status !== 0) throw new Error(`${command} failed. ${done.error?.message ?? done.stderr}`);
}
