import { describe, expect, it } from "vitest";
import { StageStack } from "../../../../src/aws/operate/stage-stack.js";

const member = ([id, status]: readonly [string, string]) =>
  `<member><LogicalResourceId>${id}</LogicalResourceId><ResourceType>AWS::SQS::Queue</ResourceType>` +
  `<PhysicalResourceId>queue-${id}</PhysicalResourceId><ResourceStatus>${status}</ResourceStatus></member>`;

/** CloudFormation at the end of the wire: the pages that it answers in turn. */
function stackOf(...pages: readonly (readonly (readonly [string, string])[])[]) {
  let at = 0;
  const handle = async () => {
    const rows = (pages[at] ?? []).map(member).join("");
    at += 1;
    const next = at < pages.length ? `<NextToken>${at}</NextToken>` : "";
    const body =
      `<ListStackResourcesResponse><ListStackResourcesResult>` +
      `<StackResourceSummaries>${rows}</StackResourceSummaries>${next}` +
      `</ListStackResourcesResult></ListStackResourcesResponse>`;
    return { response: { statusCode: 200, headers: {}, body: Buffer.from(body) } };
  };
  return new StageStack("shop-dev", {
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    requestHandler: { handle } as never,
  });
}

describe("the resources of a stack", () => {
  it("are those of every page that are there, whatever became of their last change", async () => {
    const stack = stackOf(
      [
        ["Main", "CREATE_COMPLETE"],
        ["Old", "DELETE_COMPLETE"],
      ],
      [
        ["Kept", "DELETE_SKIPPED"],
        ["Slow", "UPDATE_FAILED"],
        ["Stays", "DELETE_FAILED"],
      ],
    );
    const found = await stack.resources();
    expect(found.map(({ logicalId }) => logicalId)).toEqual(["Main", "Slow", "Stays"]);
    expect(found[0]).toEqual({ logicalId: "Main", type: "AWS::SQS::Queue", physicalId: "queue-Main" });
  });
});
