import type { SQSClientConfig } from "@aws-sdk/client-sqs";

/** A call as it went to the wire. */
export interface WireCall {
  /** Such as `SendMessageBatch`. */
  readonly action: string;
  readonly host: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into the JSON of a request
  readonly input: any;
}

/** What AWS answers: the JSON of a response, or an error by its name. */
export type WireAnswer = object | { readonly errorName: string; readonly message?: string };

interface WireRequest {
  readonly hostname: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** AWS at the end of the wire: real clients talk to it, it answers as told, and no network is there. */
export class ScriptedAws {
  readonly calls: WireCall[] = [];
  readonly #answer: (call: WireCall) => WireAnswer | Promise<WireAnswer>;

  constructor(answer: (call: WireCall) => WireAnswer | Promise<WireAnswer>) {
    this.#answer = answer;
  }

  /** For a client of any service that talks JSON. */
  get config(): Pick<SQSClientConfig, "region" | "credentials" | "requestHandler" | "maxAttempts"> {
    const handle = async ({ hostname, headers, body }: WireRequest) => {
      const action = headers["x-amz-target"]?.split(".")[1] ?? "";
      const call = {
        action,
        host: hostname,
        input: JSON.parse(typeof body === "string" ? body : new TextDecoder().decode(body)),
      };
      this.calls.push(call);
      return { response: toResponse(await this.#answer(call)) };
    };
    return {
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      maxAttempts: 1,
      requestHandler: { handle } as never,
    };
  }
}

function toResponse(answer: WireAnswer) {
  const isError = "errorName" in answer;
  const content = isError ? { __type: answer.errorName, message: answer.message ?? "" } : answer;
  return { statusCode: isError ? 400 : 200, headers: {}, body: Buffer.from(JSON.stringify(content)) };
}
