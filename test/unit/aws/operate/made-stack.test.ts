import { defineConfig, defineSaga } from "backstep";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { renderTemplate } from "../../../../src/aws/cloud-formation/render-template.js";
import { readMade } from "../../../../src/aws/operate/made-stack.js";
import { shapeOfConfig } from "../../../../src/aws/operate/stage-shape.js";
import { compileTopology } from "../../../../src/core/topology/compile-topology.js";

const keys = Object.fromEntries(
  ["lane", "timer", "watchdog", "dead-letter", "ingest"].map((key) => [key, key]),
);
const laneRole = { logicalId: "LaneMainRole", type: "AWS::IAM::Role", physicalId: "shop-dev-role" };

function configOf(...actions: readonly string[]) {
  const order = defineSaga({ name: "order", version: 1, input: z.object({}), id: () => "o" })
    .step("act", { run: () => {}, compensate: "none", permissions: [{ actions, resources: ["*"] }] })
    .build();
  return defineConfig({ name: "shop", sagas: [order] });
}

/** The role that is known to be as deployed, of the function of the lane. */
async function laneRoleOf(config: ReturnType<typeof configOf>, template: unknown) {
  const made = await readMade({ template: async () => template, resources: async () => [laneRole] });
  const { functions } = shapeOfConfig(config, "dev", (name) => name, made);
  return functions.find(({ name }) => name === "shop-dev-main")?.role;
}

describe("what a stack has made", () => {
  const topology = compileTopology(configOf("s3:GetObject"), { stage: "dev" });
  const template = renderTemplate(topology, { bucket: { name: "code" }, keys } as never);
  const sent: unknown = JSON.parse(JSON.stringify(template));

  it("is known to be as the configuration has it, where its template says the same", async () => {
    expect(await laneRoleOf(configOf("s3:GetObject"), sent)).toBe("shop-dev-role");
  });

  it("is not, where the configuration has changed since, or nobody knows the template", async () => {
    expect(await laneRoleOf(configOf("s3:GetObject", "s3:PutObject"), sent)).toBeUndefined();
    expect(await laneRoleOf(configOf("s3:GetObject"), undefined)).toBeUndefined();
    expect(await laneRoleOf(configOf("s3:GetObject"), { Resources: {} })).toBeUndefined();
  });
});
