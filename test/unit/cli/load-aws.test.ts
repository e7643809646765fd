import { describe, expect, it } from "vitest";
import { loadAws } from "../../../src/cli/load-aws.js";

/** As Node says that a package is not there. */
function notFound(what: string): Error {
  const message = `Cannot find ${what} imported from /app/node_modules/backstep/dist/chunks/open-stage.js`;
  return Object.assign(new Error(message), { code: "ERR_MODULE_NOT_FOUND" });
}

describe("loadAws", () => {
  it("names the package that is not installed, and the line that installs all", async () => {
    const load = () => Promise.reject(notFound("package '@aws-sdk/client-sqs'"));
    await expect(loadAws(load, ["@aws-sdk/client-sqs", "@aws-sdk/client-s3"])).rejects.toMatchObject({
      code: "PACKAGE_MISSING",
      problem: 'The package "@aws-sdk/client-sqs" is not installed.',
      fix: "Install what a deployed stage needs: npm install -D @aws-sdk/client-sqs @aws-sdk/client-s3",
    });
  });

  it("hands on what was loaded, and any other failure", async () => {
    await expect(loadAws(async () => "loaded", [])).resolves.toBe("loaded");
    const error = notFound("module '/app/dist/chunks/gone.js'");
    await expect(loadAws(() => Promise.reject(error), [])).rejects.toBe(error);
  });
});
