import { runCli } from "./run-cli.js";
import { flushStreams, processStreams } from "./streams.js";

const stop = new AbortController();
const streams = processStreams(() => stop.abort());
process.exitCode = await runCli(process.argv.slice(2), {
  streams,
  env: process.env,
  cwd: process.cwd(),
  stop,
});
await flushStreams();
// A configuration may have opened something that would keep the process alive; all that was written is out.
process.exit();
