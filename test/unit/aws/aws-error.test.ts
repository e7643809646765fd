import { describe, expect, it } from "vitest";
import { awsError, type CallPlace } from "../../../src/aws/aws-error.js";
import { SagaError } from "../../../src/errors/saga-error.js";

/** An error as the SDK throws it. */
function thrown(name: string, message = "", code?: string): Error {
  return Object.assign(new Error(message), { name, ...(code === undefined ? {} : { code }) });
}

const endpoint = "http://127.0.0.1:4566";

describe("awsError", () => {
  it.each([
    ["CredentialsProviderError", "Could not load credentials from any providers"],
    ["TokenProviderError", "Token is expired."],
    ["UnrecognizedClientException", "The security token included in the request is invalid."],
    ["InvalidClientTokenId", "The security token included in the request is invalid."],
    ["ExpiredTokenException", "The security token included in the request is expired"],
    ["InvalidSignatureException", "The request signature does not match."],
    ["SignatureDoesNotMatch", "The request signature does not match."],
  ])("%s means that credentials are missing or wrong, and says which", (name, message) => {
    const problem = expect.stringContaining(message.replace(/\.$/, ""));
    expect(awsError(thrown(name, message))).toMatchObject({ code: "CREDENTIALS_MISSING", problem });
  });

  it.each([
    [thrown("Error", "connect", "ECONNREFUSED"), "does not answer (ECONNREFUSED)"],
    [thrown("Error", "getaddrinfo", "ENOTFOUND"), "does not answer (ENOTFOUND)"],
    [thrown("TimeoutError", "@smithy/node-http-handler - timed out"), "does not answer in time"],
    [
      thrown("SyntaxError", "Unexpected token <\n  Deserialization error: to see the raw response"),
      "not as AWS does",
    ],
  ])("%s means that AWS is out of reach, and names the endpoint", (error, how) => {
    const unreachable = awsError(error, { endpoint });
    expect(unreachable).toMatchObject({ code: "AWS_UNREACHABLE", details: { endpoint }, cause: error });
    expect(unreachable).toMatchObject({ problem: expect.stringMatching(`"${endpoint}".*${escaped(how)}`) });
  });

  it("names the host that the error names where there is no endpoint", () => {
    const error = Object.assign(thrown("Error", "", "ENOTFOUND"), {
      hostname: "sqs.eu-nowhere-1.amazonaws.com",
    });
    expect(awsError(error)).toMatchObject({ details: { endpoint: "sqs.eu-nowhere-1.amazonaws.com" } });
    const both = Object.assign(new AggregateError([{ address: "::1", port: 9 }]), { code: "ECONNREFUSED" });
    expect(awsError(both)).toMatchObject({ details: { endpoint: "::1:9" } });
    expect(awsError(thrown("TimeoutError"))).toMatchObject({ problem: "AWS does not answer in time." });
  });

  it.each(["Region is missing", 'Region not accepted: region="" is not a valid hostname component.'])(
    "a region that nobody names has a fix of its own (%s)",
    (message) => {
      expect(awsError(new Error(message))).toMatchObject({
        code: "ENVIRONMENT_INVALID",
        fix: expect.stringContaining("AWS_REGION"),
      });
    },
  );

  const told = "User: u is not authorized to perform: sqs:SendMessage on resource: arn:aws:sqs:x because";
  it.each<[string, string, CallPlace, object]>([
    ["AccessDenied", told, {}, { action: "sqs:SendMessage", resource: 'resource "arn:aws:sqs:x"' }],
    [
      "AccessDeniedException",
      "No.",
      { action: "s3:PutObject", resource: 'bucket "b"' },
      { action: "s3:PutObject", resource: 'bucket "b"' },
    ],
  ])("%s (%s) means that AWS denies the action, by name", (name, message, about, details) => {
    expect(awsError(thrown(name, message), about)).toMatchObject({ code: "AWS_DENIED", details });
  });

  it("leaves what it does not know, and what is ours already", () => {
    for (const error of [thrown("ThrottlingException"), "text", new SagaError("NOT_JSON", "No.")]) {
      expect(awsError(error)).toBe(error);
    }
  });
});

function escaped(text: string): string {
  return text.replace(/[()]/g, "\\$&");
}
