import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { unzipSync } from "fflate";
import { bundleFunctions, type FunctionBundle } from "../../src/cli/deploy/bundle-functions.js";
import { findRoot } from "../work-folder.js";

/** What a new process takes, milliseconds from its start on. */
export interface ColdStart {
  /** Of Node alone, with nothing to load. */
  readonly "aws.coldStart.bareNodeMs": number;
  /** Until the function is loaded. */
  readonly "aws.coldStart.loadedMs": number;
  /** Until it has answered its first batch: its clients are open then. */
  readonly "aws.coldStart.firstBatchMs": number;
}

/** A function's process: what Lambda does with it, and when that is done. */
const program = `
const { pathToFileURL } = await import("node:url");
const { handler } = await import(pathToFileURL(process.argv[2]).href);
const loaded = performance.now();
await handler({ Records: [] }, { getRemainingTimeInMillis: () => 30_000, awsRequestId: "1" });
console.log(JSON.stringify([loaded, performance.now()]));
process.exit();
`;

const run = promisify(execFile);

/** Bundles a lane function as `backstep deploy` does. @param folder of its configuration, from the root */
export async function bundleDeployed(folder: string): Promise<FunctionBundle> {
  const root = join(findRoot(), folder);
  const configFile = join(root, "backstep.config.ts");
  const [lane] = await bundleFunctions({ root, configFile, entries: ["lane"] });
  if (lane === undefined) throw new Error("There is no lane function.");
  return lane;
}

/** Starts the function in a new process, as Lambda does; an empty batch calls nobody. */
export async function timeColdStart({ zip }: FunctionBundle, folder: string): Promise<ColdStart> {
  const place = mkdtempSync(join(folder, "function-"));
  for (const [name, bytes] of Object.entries(unzipSync(zip))) {
    mkdirSync(dirname(join(place, name)), { recursive: true });
    writeFileSync(join(place, name), bytes);
  }
  const bare = join(place, "bare.mjs");
  const runner = join(place, "runner.mjs");
  writeFileSync(bare, "export const handler = () => undefined;");
  writeFileSync(runner, program);
  const time = async (file: string) => {
    const { stdout } = await run(process.execPath, ["--enable-source-maps", runner, file], { env });
    return JSON.parse(stdout) as [number, number];
  };
  const [bareMs] = await time(bare);
  const [loadedMs, firstBatchMs] = await time(join(place, "index.mjs"));
  return {
    "aws.coldStart.bareNodeMs": bareMs,
    "aws.coldStart.loadedMs": loadedMs,
    "aws.coldStart.firstBatchMs": firstBatchMs,
  };
}

const env = {
  BACKSTEP_TABLE: "shop",
  BACKSTEP_LANE_QUEUE_URL: "https://sqs.eu-west-1.amazonaws.com/000000000000/shop-{lane}.fifo",
  BACKSTEP_TIMER_QUEUE_URL: "https://sqs.eu-west-1.amazonaws.com/000000000000/shop-timers",
  AWS_REGION: "eu-west-1",
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
};
