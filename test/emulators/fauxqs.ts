import { startFauxqs } from "fauxqs";
import type { Emulator } from "./target.js";

/** SQS and S3 in the process of the tests. */
export const fauxqs: Emulator = {
  name: "fauxqs",
  services: ["sqs", "s3"],
  lacks: {},
  missing: async () => undefined,
  start: async () => {
    const server = await startFauxqs({ port: 0, logger: false, host: "127.0.0.1" });
    return { endpoint: `http://127.0.0.1:${server.port}`, stop: () => server.stop() };
  },
};
