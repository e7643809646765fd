import type { Session } from "./session.js";

/**
 * Lets the first Ctrl+C, or another request to end, stop the session in peace, and the second end the process
 * at once.
 * @returns undoes it
 */
export function onSignals(session: Session): () => void {
  const stop = () => {
    if (session.stop.signal.aborted) process.exit(130);
    session.tell("Stopping …");
    session.stop.abort();
  };
  const strayed = (error: unknown) => {
    session.tell(
      `A promise was rejected that nobody awaits: ${error instanceof Error ? error.stack : String(error)}`,
    );
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, stop);
  process.on("unhandledRejection", strayed);
  return () => {
    for (const signal of signals) process.off(signal, stop);
    process.off("unhandledRejection", strayed);
  };
}
