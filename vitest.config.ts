import { configDefaults, defineConfig } from "vitest/config";

export default defineConfig({
  // "backstep" and its subpaths are the sources, as `paths` in tsconfig.json says.
  resolve: { tsconfigPaths: true },
  test: {
    include: ["test/**/*.test.ts"],
    // They need SST's platform: `npm run verify:sst` runs them.
    exclude: [...configDefaults.exclude, "test/sst/**"],
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
  },
});
