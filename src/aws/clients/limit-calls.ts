import { callsMax } from "./client-defaults.js";

/** Of any SDK client, whose types have nothing in common but this. */
interface LimitedClient {
  readonly middlewareStack: { addRelativeTo(middleware: never, place: never): void };
}

type Call = (args: unknown) => Promise<unknown>;

/**
 * Lets further calls of a client wait until one of those under way is over, and returns the client. The SDK
 * counts the wait for a socket as time to connect: of 5,000 calls at once half would fail.
 */
export function limitCalls<Client extends LimitedClient>(client: Client): Client {
  let free = callsMax;
  const waiting: (() => void)[] = [];
  const limited = (call: Call): Call => {
    return async (args) => {
      if (free > 0) free -= 1;
      else await new Promise<void>((begin) => waiting.push(begin));
      try {
        return await call(args);
      } finally {
        const begin = waiting.shift();
        if (begin === undefined) free += 1;
        else begin();
      }
    };
  };
  // After: an attempt waits by itself, and no call waits for another's pause before its next attempt.
  const place = { name: "limitCalls", relation: "after", toMiddleware: "retryMiddleware", override: true };
  client.middlewareStack.addRelativeTo(limited as never, place as never);
  return client;
}
