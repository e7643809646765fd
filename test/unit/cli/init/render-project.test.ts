import { expect, it } from "vitest";
import { renderProject } from "../../../../src/cli/init/render-project.js";

it.each([
  ["gift-shop", "gift-shop"],
  ["@acme/gift_shop", "gift-shop"],
  ["42.things", "things"],
  ["a-shop-with-a-name-that-is-much-too-long", "a-shop-with-a-name-that-is-muc"],
])("a new project named %s is deployed as %s", async (name, deployed) => {
  const files = await renderProject({ saga: "order", package: name, backstep: "1.0.0" });
  const config = files.find(({ path }) => path === "backstep.config.ts");
  expect(config?.text).toContain(`name: "${deployed}",`);
});
