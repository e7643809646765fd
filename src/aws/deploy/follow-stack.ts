import type { Deployer } from "./deployer.js";
import { readEvents, type StackEvent } from "./stack-events.js";

/** How an operation is followed. */
export interface FollowOptions {
  /** The newest event before it; `undefined` where the operation is the latest there is. */
  readonly after?: string | undefined;
  /** Told of every event, in order. */
  readonly onEvent?: (event: StackEvent) => void;
}

/** How an operation ended. */
export interface Followed {
  /** Of the stack: `UPDATE_ROLLBACK_COMPLETE`. */
  readonly status: string;
  readonly events: readonly StackEvent[];
}

const pauseMinMs = 250;
const pauseMaxMs = 2_000;

/**
 * Follows an operation on a stack to its end.
 * @param stackId the ARN: a name is forgotten once the stack is deleted
 */
export async function followStack(
  at: Deployer,
  stackId: string,
  { after, onEvent }: FollowOptions = {},
): Promise<Followed> {
  const events: StackEvent[] = [];
  for (let pauseMs = pauseMinMs; ; pauseMs = Math.min(pauseMs * 2, pauseMaxMs)) {
    for (const event of await readEvents(at, stackId, events.at(-1)?.id ?? after)) {
      events.push(event);
      onEvent?.(event);
    }
    const last = events.findLast(({ isStack }) => isStack);
    if (last !== undefined && isEnd(last.status)) return { status: last.status, events };
    await at.pause(pauseMs);
  }
}

/** Whether a stack stands still in a status. */
export function isEnd(status: string): boolean {
  return !status.endsWith("_IN_PROGRESS");
}

/** Whether an operation that ended so has done what was asked. */
export function isSuccess(status: string): boolean {
  return /^(CREATE|UPDATE|IMPORT|DELETE)_COMPLETE$/.test(status);
}
