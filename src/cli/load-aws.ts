import { missingPackage } from "../aws/missing-package.js";
import { SagaError } from "../errors/saga-error.js";

/**
 * Loads code that imports the AWS SDK, which only deployed stages need.
 * @param packages what that code imports
 * @throws SagaError PACKAGE_MISSING where one of them is not installed
 * @example
 * const { openStage } = await loadAws(() => import("../aws/stage/open-stage.js"), ["@aws-sdk/client-sqs"]);
 */
export async function loadAws<Loaded>(
  load: () => Promise<Loaded>,
  packages: readonly string[],
): Promise<Loaded> {
  // On Node 20 it warns at every command, in six lines on stderr, that it will want a newer one some day.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
  try {
    return await load();
  } catch (error) {
    const name = missingPackage(error);
    if (name === undefined) throw error;
    const needed = [...new Set([...packages, name])].join(" ");
    throw new SagaError("PACKAGE_MISSING", `The package "${name}" is not installed.`, {
      fix: `Install what a deployed stage needs: npm install -D ${needed}`,
      details: { package: name },
      cause: error,
    });
  }
}
