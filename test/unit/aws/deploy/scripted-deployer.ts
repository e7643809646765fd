import type { Deployer } from "../../../../src/aws/deploy/deployer.js";

/** A call of the SDK, as it was given. */
export interface SentCall {
  /** Such as `HeadBucket`. */
  readonly action: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into what is sent
  readonly input: any;
}

/** A deployer whose AWS answers as told. */
export interface ScriptedDeployer {
  readonly at: Deployer;
  readonly calls: readonly SentCall[];
  /** How long it paused each time, milliseconds. */
  readonly pauses: readonly number[];
}

/** Makes one. @param answer what a call gets; it throws what AWS would */
export function scriptedDeployer(
  answer: (call: SentCall) => object,
  place: { readonly region?: string; readonly endpoint?: string } = {},
): ScriptedDeployer {
  const calls: SentCall[] = [];
  const pauses: number[] = [];
  const send = async (command: { readonly input: object }) => {
    const call = { action: command.constructor.name.replace(/Command$/, ""), input: command.input };
    calls.push(call);
    return answer(call);
  };
  const client = { send } as never;
  const at: Deployer = {
    cloudFormation: client,
    s3: client,
    dynamoDb: client,
    region: place.region ?? "eu-central-1",
    account: "111122223333",
    endpoint: place.endpoint,
    pause: async (ms) => void pauses.push(ms),
  };
  return { at, calls, pauses };
}

/** What the SDK throws for an answer of this status. */
export function awsFailure(name: string, status: number, message = name): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });
}
