/** What the clients of the SDK have in common, as far as counting needs it. */
export interface CountedClient {
  readonly middlewareStack: {
    // The stacks of two clients have no common type.
    // biome-ignore lint/suspicious/noExplicitAny: see above
    addRelativeTo(middleware: any, options: any): void;
  };
}

type Next = (args: unknown) => Promise<{ output: unknown }>;

/** Sees a call: `call` makes it, once. Its answer is the call's. */
export type CallObserver = (
  operation: string,
  input: never,
  call: () => Promise<unknown>,
) => Promise<unknown>;

/** Shows every attempt of a client's calls, those that the SDK makes again by itself included. */
export function observeCalls(client: CountedClient, observe: CallObserver): void {
  const middleware = (next: Next, context: { commandName?: string }) => async (args: { input: never }) => {
    const operation = (context.commandName ?? "").replace(/Command$/, "");
    let result: { output: unknown } | undefined;
    const output = await observe(operation, args.input, async () => {
      result = await next(args);
      return result.output;
    });
    return { ...result, output };
  };
  client.middlewareStack.addRelativeTo(middleware, {
    name: "meterMiddleware",
    relation: "after",
    toMiddleware: "retryMiddleware",
  });
}
