#!/usr/bin/env node
// Only what Node 10 can read too, as a script or as a module: an old Node must be able to say that it is old.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `Error: Backstep needs Node 20.19 or later, and this is Node ${process.versions.node}.\n` +
      "Fix: Install a newer Node from https://nodejs.org, or switch to one, such as with: nvm install --lts",
  );
  process.exitCode = 1;
} else {
  import("../dist/cli/main.js").catch((error) => {
    if (error.code !== "ERR_MODULE_NOT_FOUND" || !/[\\/]dist[\\/]cli[\\/]main\.js'/.test(error.message))
      throw error;
    console.error("Error: Backstep is not built in this checkout.\nFix: Build it with: npm ci");
    process.exitCode = 1;
  });
}
