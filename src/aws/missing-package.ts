import { SagaError } from "../errors/saga-error.js";

/** The package of the AWS SDK that an import missed; `undefined` for any other error. */
export function missingPackage(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error) || error.code !== "ERR_MODULE_NOT_FOUND") {
    return undefined;
  }
  return /package '(@[^']+)'/.exec(error.message)?.[1];
}

/**
 * Loads code that imports a package which few need.
 * @throws SagaError PACKAGE_MISSING where it is not installed
 * @example
 * const { StageFunctions } = await needingPackage(() => import("./stage-functions.js"));
 */
export async function needingPackage<Loaded>(load: () => Promise<Loaded>): Promise<Loaded> {
  try {
    return await load();
  } catch (error) {
    const name = missingPackage(error);
    if (name === undefined) throw error;
    throw new SagaError("PACKAGE_MISSING", `The package "${name}" is not installed.`, {
      fix: `Install it: npm install -D ${name}`,
      details: { package: name },
      cause: error,
    });
  }
}
