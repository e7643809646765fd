import { services, type TargetData } from "./target.js";

/**
 * The target that `BACKSTEP_TEST_TARGET` names: `aws` (credentials and region as the SDK finds them) or the
 * URL of anything compatible with LocalStack. `undefined` where it names none.
 */
export function givenTarget(text = process.env.BACKSTEP_TEST_TARGET): TargetData | undefined {
  if (text === undefined || text === "") return undefined;
  if (text !== "aws" && !/^https?:\/\//.test(text)) {
    throw new Error(
      `BACKSTEP_TEST_TARGET is "${text}". Expected "aws" or a URL such as http://127.0.0.1:4566.`,
    );
  }
  const name = text === "aws" ? "AWS" : text;
  const all = (value: string) => Object.fromEntries(services.map((service) => [service, value]));
  return { name, endpoints: all(text), emulators: all(name), lacks: {} };
}
