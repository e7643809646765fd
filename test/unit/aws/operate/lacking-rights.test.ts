import { describe, expect, test } from "vitest";
import { lackingRights } from "../../../../src/aws/operate/checkup/lacking-rights.js";

const arn = "arn:aws-cn:lambda:cn-north-1:111122223333:function:shop-dev-main";
const table = "arn:aws-cn:dynamodb:cn-north-1:111122223333:table/shop-dev";
const wanted = [
  {
    actions: ["dynamodb:GetItem", "dynamodb:PutItem"],
    resources: ["arn:{partition}:dynamodb:{region}:{account}:table/shop-dev"],
  },
];
const policy = (...statements: readonly object[]) => ({ Version: "2012-10-17", Statement: statements });
const allow = (Action: string | string[], Resource: string | string[]) => {
  return { Effect: "Allow", Action, Resource };
};
const lacking = (...policies: readonly unknown[]) =>
  lackingRights(wanted, policies, arn).map(({ action }) => action);

describe("the rights that a role lacks", () => {
  test("are none where its policies allow each, by name, by pattern or one by one", () => {
    expect(lacking(policy(allow(["dynamodb:GetItem", "dynamodb:PutItem"], [table])))).toEqual([]);
    expect(lacking(policy(allow("dynamodb:*", `${table}*`)))).toEqual([]);
    expect(lacking({ Statement: allow("DynamoDB:?etItem", "*") }, policy(allow("*", table)))).toEqual([]);
    const one = policy(allow("dynamodb:PutItem", table));
    expect(lacking(one, policy(allow("dynamodb:GetItem", table)))).toEqual([]);
  });

  test("are named with the resource, as the account has it", () => {
    expect(lackingRights(wanted, [policy(allow("dynamodb:GetItem", table))], arn)).toEqual([
      { action: "dynamodb:PutItem", resource: table },
    ]);
  });

  test.each([
    ["no policy", []],
    ["another resource", [policy(allow("dynamodb:*", `${table}-2`))]],
    ["another region", [policy(allow("dynamodb:*", table.replace("cn-north-1", "cn-north-2")))]],
    ["a pattern that is none of the text", [policy(allow("dynamodb.*", table))]],
    ["a policy in another form", [policy({ Effect: "Allow", NotAction: "s3:*", Resource: "*" }), "none"]],
  ])("are all of them (%s)", (_, policies) => {
    expect(lacking(...policies)).toEqual(["dynamodb:GetItem", "dynamodb:PutItem"]);
  });

  test("are those that a statement denies, whatever another allows", () => {
    const denied = { Effect: "Deny", Action: "dynamodb:Put*", Resource: "*" };
    expect(lacking(policy(allow("*", "*"), denied))).toEqual(["dynamodb:PutItem"]);
  });
});
