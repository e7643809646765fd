import { join } from "node:path";
import { defineConfig } from "vitest/config";

/** What needs AWS: `npm test` runs it on dynalite and fauxqs, and this on everything else there is. */
export default defineConfig({
  root: join(import.meta.dirname, "../.."),
  resolve: { tsconfigPaths: true },
  test: {
    include: [
      "test/contract/{dynamo-db,sqs,event-bridge}*.test.ts",
      "test/{aws-e2e,budget,deploy,emulators,repair}/**/*.test.ts",
    ],
    globalSetup: "test/emulators/int-setup.ts",
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
