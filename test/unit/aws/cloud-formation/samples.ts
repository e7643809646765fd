import { type BackstepConfig, defineConfig, type Lanes } from "backstep";
import { compileTopology } from "backstep/topology";
import { orderSaga } from "../../../../sagas/order/saga.js";
import type { OrderServices } from "../../../../sagas/order/services.js";
import { codeLocations } from "../../../../src/aws/cloud-formation/code-locations.js";
import { renderTemplate } from "../../../../src/aws/cloud-formation/render-template.js";

const entries = ["lane", "timer", "watchdog", "dead-letter", "ingest"];

/** Where the functions of the samples are. */
export const code = codeLocations(
  "shop",
  undefined,
  entries.map((entry) => ({ entry, sha256: `${entry.length}`.repeat(64) })),
);

/** With a variable of IAM, which is not one of CloudFormation. */
export const ownObjects = `arn:aws:s3:::shop/\${aws:username}/*`;

/** The order saga, with everything that a configuration can ask for. */
export function sampleConfig(lanes: Lanes): BackstepConfig {
  return defineConfig({
    name: "shop",
    sagas: [orderSaga({ paymentWindow: { minutes: 30 } })],
    services: (): OrderServices => {
      throw new Error("No service is opened to deploy.");
    },
    lanes,
    aws: {
      subscribers: { billing: ["order.completed", "saga.parked"], "data-lake": ["order.cancelled"] },
      alarmEmails: ["on-call@example.com"],
      payloadBucket: "shop-payloads",
      permissions: [{ actions: ["s3:GetObject"], resources: [ownObjects] }],
      tags: { team: "shop" },
      lanes: lanes === "shared" ? { main: { memory: 1024, concurrency: 7, batchSize: 3 } } : {},
      indexShards: 4,
      indexShardsEver: 32,
    },
  });
}

/** A topology and its template. */
export function renderSample(lanes: Lanes) {
  const topology = compileTopology(sampleConfig(lanes), { stage: "dev" });
  return { topology, template: renderTemplate(topology, code) };
}
