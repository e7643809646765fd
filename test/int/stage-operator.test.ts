import { beforeEach, describe, expect, test, vi } from "vitest";
import { openStageOperator } from "../../src/aws/stage/open-stage-operator.js";

/** Nothing listens there. */
const endpoint = "http://127.0.0.1:9";
const place = {
  environment: { BACKSTEP_TABLE: "shop-dev", BACKSTEP_LANE_QUEUE_URL: `${endpoint}/1/shop-dev-{lane}.fifo` },
  region: "eu-west-1",
  endpoint,
};

describe("the operator of a stage where nobody answers", () => {
  beforeEach(() => {
    for (const name of ["AWS_PROFILE", "AWS_ACCESS_KEY_ID"]) vi.stubEnv(name, "");
    return () => vi.unstubAllEnvs();
  });

  test("cannot tell what is deployed, and a checkup says of each look why it was not taken", async () => {
    const { operator, close } = await openStageOperator(place, { stage: "dev", config: undefined });
    expect(await operator.deployed()).toBeUndefined();
    const silence = `What should be AWS at "127.0.0.1:9" does not answer (ECONNREFUSED).`;
    const shape = silence.replace("127.0.0.1:9", endpoint);
    expect(await operator.checkup()).toEqual({
      findings: [],
      skipped: [
        `Nobody can tell which queues and functions there must be: ${shape}`,
        `The stack cannot be looked at: ${shape}`,
        `The table cannot be looked at: ${shape}`,
        `The kept messages cannot be looked at: ${silence}`,
        `The watchdog cannot be looked at: ${silence}`,
      ],
    });
    close();
  });
});
