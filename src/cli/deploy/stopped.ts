import type { Session } from "../session.js";
import type { Answer } from "../verb.js";

/**
 * Runs what a person may give up while CloudFormation is at it.
 * @param line the command that follows what goes on: `deploy --stage dev`
 * @param work rejects with the signal's reason once the session is stopped
 */
export async function untilStopped(
  { stop: { signal } }: Session,
  line: string,
  work: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    return {
      json: { stopped: true },
      text: () => `Stopped. What CloudFormation has begun it brings to its end; backstep ${line} follows it.`,
      exitCode: 1,
    };
  }
}
