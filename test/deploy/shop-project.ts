import { cpSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type CliProject, createCliProject } from "../e2e/cli-project.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** How the shop of a test differs from the sample. */
export interface ShopProjectOptions {
  /** Names the resources: one that no other run has. */
  readonly name: string;
  readonly lanes: "shared" | "per-step";
  /** How long customers may take to pay, seconds. */
  readonly windowSeconds: number;
}

/**
 * A project that has the sample's sagas, and with shared lanes its functions, in which the built package is
 * installed.
 */
export function createShopProject(options: ShopProjectOptions): CliProject {
  const project = createCliProject({ "backstep.config.ts": shopConfig(options, "v1") });
  // Without a folder of functions they are made from the configuration.
  for (const folder of options.lanes === "shared" ? ["sagas", "functions"] : ["sagas"]) {
    cpSync(join(root, folder), join(project.folder, folder), { recursive: true });
  }
  symlinkSync(join(root, "node_modules/@aws-sdk"), join(project.folder, "node_modules/@aws-sdk"), "dir");
  return project;
}

/** Changes the code of the functions: parcels then say by which release they were sent. */
export function release(project: CliProject, options: ShopProjectOptions, version: string): void {
  project.write("backstep.config.ts", shopConfig(options, version));
}

function shopConfig({ name, lanes, windowSeconds }: ShopProjectOptions, version: string): string {
  return `
import { defineConfig } from "backstep";
import { dynamoDbOrderServices } from "./sagas/order/dynamo-db-services.js";
import { orderSaga } from "./sagas/order/saga.js";

export default defineConfig({
  name: ${JSON.stringify(name)},
  sagas: [orderSaga({ paymentWindow: { seconds: ${windowSeconds} } })],
  services: () => {
    const shop = dynamoDbOrderServices({ table: process.env.BACKSTEP_TABLE ?? "" });
    const book = async (orderId: string, key: string) => {
      const { trackingId } = await shop.shipping.book(orderId, key);
      return { trackingId: \`\${trackingId}-${version}\` };
    };
    return { ...shop, shipping: { ...shop.shipping, book } };
  },
  lanes: ${JSON.stringify(lanes)},
  aws: {
    permissions: [{ actions: ["dynamodb:ConditionCheckItem"], resources: ["{table}"] }],
    subscribers: { mailing: ["order.completed", "order.cancelled"] },
  },
});
`;
}
