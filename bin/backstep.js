#!/usr/bin/env node
import { existsSync } from "node:fs";

const main = new URL("../dist/cli/main.js", import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  console.error("Backstep is not built in this checkout. Build it with: npm ci");
  process.exitCode = 1;
}
