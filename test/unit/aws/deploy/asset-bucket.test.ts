import { describe, expect, it } from "vitest";
import { assetUrl, openAssetBucket, uploadAsset } from "../../../../src/aws/deploy/asset-bucket.js";
import { awsFailure, type SentCall, scriptedDeployer } from "./scripted-deployer.js";

const own = "backstep-111122223333-eu-central-1";
const bucket = { name: own, isNew: false };
const asset = { key: "shop/lane-1.zip", body: "zip", type: "application/zip" };

/** AWS in which these actions fail so. */
function failing(failures: Readonly<Record<string, Error>>, place: { readonly region?: string } = {}) {
  return scriptedDeployer(({ action }) => {
    const failure = failures[action];
    if (failure !== undefined) throw failure;
    return {};
  }, place);
}

const absent = awsFailure("NotFound", 404);
const actionsOf = (calls: readonly SentCall[]) => calls.map(({ action }) => action);

describe("the bucket for code", () => {
  it("is the account's and region's own, and stays as it is where it is there", async () => {
    const { at, calls } = failing({});
    expect(await openAssetBucket(at, undefined)).toEqual(bucket);
    expect(actionsOf(calls)).toEqual(["HeadBucket"]);
  });

  it("is made where it is not there, in its region and closed to the public", async () => {
    const { at, calls } = failing({ HeadBucket: absent });
    expect(await openAssetBucket(at, undefined)).toEqual({ name: own, isNew: true });
    expect(actionsOf(calls)).toEqual(["HeadBucket", "CreateBucket", "PutPublicAccessBlock"]);
    expect(calls[1]?.input.CreateBucketConfiguration).toEqual({ LocationConstraint: "eu-central-1" });
    const closed = Object.values(calls[2]?.input.PublicAccessBlockConfiguration);
    expect(closed).toEqual([true, true, true, true]);
  });

  it("is made without a place in us-east-1, which S3 does not take by name", async () => {
    const { at, calls } = failing({ HeadBucket: absent }, { region: "us-east-1" });
    await openAssetBucket(at, undefined);
    expect(calls[1]?.input).toEqual({ Bucket: "backstep-111122223333-us-east-1" });
  });

  it("is not made where it was named", async () => {
    const { at, calls } = failing({ HeadBucket: absent });
    await expect(openAssetBucket(at, "mine")).rejects.toMatchObject({ code: "BUCKET_INVALID" });
    expect(actionsOf(calls)).toEqual(["HeadBucket"]);
  });

  it.each([
    [
      "another's, or closed to us",
      { HeadBucket: awsFailure("Forbidden", 403) },
      "is not of the account 111122223333",
    ],
    ["in another region, by a HEAD", { HeadBucket: awsFailure("BadRequest", 400) }, "is not in eu-central-1"],
    ["in another region", { HeadBucket: awsFailure("PermanentRedirect", 301) }, "is not in eu-central-1"],
    [
      "another's that takes no look",
      { HeadBucket: absent, CreateBucket: awsFailure("BucketAlreadyExists", 409) },
      "belongs to another account",
    ],
  ])("is refused where it is %s", async (_, failures, problem) => {
    const { at } = failing(failures);
    await expect(openAssetBucket(at, undefined)).rejects.toMatchObject({
      code: "BUCKET_INVALID",
      problem: expect.stringContaining(problem),
    });
  });

  it("takes what is not there yet", async () => {
    const { at, calls } = failing({ HeadObject: absent });
    expect(await uploadAsset(at, bucket, asset)).toBe(true);
    expect(calls[1]).toMatchObject({ action: "PutObject", input: { Key: asset.key, Body: "zip" } });
    const there = failing({});
    expect(await uploadAsset(there.at, bucket, asset)).toBe(false);
    expect(actionsOf(there.calls)).toEqual(["HeadObject"]);
  });

  it("is asked in every call whether it is the account's, but where it is made", async () => {
    const { at, calls } = failing({ HeadBucket: absent, HeadObject: absent });
    await uploadAsset(at, await openAssetBucket(at, undefined), asset);
    const unasked = calls.filter(({ input }) => input.ExpectedBucketOwner !== "111122223333");
    expect(actionsOf(unasked)).toEqual(["CreateBucket"]);
  });

  it("is found by CloudFormation under the host of its region, or at the endpoint", () => {
    const { at } = failing({});
    expect(assetUrl(at, bucket, "a/b.json")).toBe(`https://s3.eu-central-1.amazonaws.com/${own}/a/b.json`);
    expect(assetUrl({ ...at, region: "cn-north-1" }, bucket, "b")).toBe(
      `https://s3.cn-north-1.amazonaws.com.cn/${own}/b`,
    );
    const local = { ...at, endpoint: "http://127.0.0.1:4566" };
    expect(assetUrl(local, bucket, "b")).toBe(`http://127.0.0.1:4566/${own}/b`);
  });
});
