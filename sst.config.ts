/// <reference path="./.sst/platform/config.d.ts" />

// The stack that `backstep deploy` makes, made with SST. It allows no import at the top of this file.

async function compileStage(stage: string) {
  const { default: config } = await import("./backstep.config.js");
  const { compileTopology } = await import("backstep/topology");
  return compileTopology(config, { stage });
}

export default $config({
  async app({ stage }) {
    const { name, region, tags } = await compileStage(stage);
    return {
      name,
      home: "aws",
      removal: "remove", // the table alone stays: stacks/table.ts
      providers: { aws: { ...(region === undefined ? {} : { region }), defaultTags: { tags } } },
    };
  },
  async run() {
    const { createStack } = await import("./stacks/stack.js");
    return createStack(await compileStage($app.stage));
  },
});
