import { join } from "node:path";
import { defineConfig } from "vitest/config";

/** What needs SST's platform, 300 MB: `npm run verify:sst` installs it and runs this. */
export default defineConfig({
  root: join(import.meta.dirname, "../.."),
  resolve: { tsconfigPaths: true },
  test: { include: ["test/sst/**/*.test.ts"], testTimeout: 60_000, hookTimeout: 60_000 },
});
