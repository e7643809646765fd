import { type Duration, durationMs } from "../core/duration.js";
import type { EndStatus } from "../core/journal/entry.js";
import type { InstanceState, Status } from "../core/journal/state.js";
import { endStatuses, isParked, reasonOf } from "../core/journal/status.js";
import type { Json } from "../core/json.js";
import { SagaError } from "../errors/saga-error.js";
import type { Clock } from "../ports/clock.js";
import type { InstanceRef, SagaStore } from "../ports/saga-store.js";
import { loadExisting } from "../runtime/load.js";

/** How an instance ended; or that it is parked, and goes on when someone decides. */
export type InstanceResult<Output> =
  | { readonly status: "completed"; readonly output: Output }
  | { readonly status: "compensated" | "terminated" | "parked"; readonly reason?: string };

/** How a result is waited for. */
export interface ResultOptions {
  /** How long at most. */
  readonly within: Duration;
  /** Ends the waiting: it then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

const firstPauseMs = 50;
const pauseMsMax = 2_000;
const pauseFactor = 1.5;

/**
 * Looks at the head, at growing pauses, until the instance has ended or is parked.
 * @throws SagaError WAIT_TIMED_OUT, INSTANCE_UNKNOWN
 */
export async function awaitResult(
  { store, clock }: { readonly store: SagaStore; readonly clock: Clock },
  ref: InstanceRef,
  { within, signal }: ResultOptions,
): Promise<InstanceResult<Json | undefined>> {
  const until = clock.now() + durationMs(within, "time to wait for a result");
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * pauseFactor, pauseMsMax)) {
    signal?.throwIfAborted();
    const head = await store.head(ref);
    if (head === undefined || head.status === "parked" || endStatuses.has(head.status)) {
      const result = resultOf((await loadExisting(store, ref)).state);
      if (result !== undefined) return result;
    }
    const leftMs = until - clock.now();
    if (leftMs <= 0) throw timedOut(ref, head?.status);
    await pause(clock, Math.min(pauseMs, leftMs), signal);
  }
}

/** `undefined` while it goes on by itself. */
function resultOf(state: InstanceState): InstanceResult<Json | undefined> | undefined {
  const { ended } = state;
  if (ended?.status === "completed") return { status: "completed", output: ended.output };
  const status: EndStatus | "parked" | undefined = ended?.status ?? (isParked(state) ? "parked" : undefined);
  const reason = reasonOf(state);
  if (status === undefined) return undefined;
  return reason === undefined ? { status } : { status, reason };
}

function timedOut({ saga, id }: InstanceRef, status: Status = "running"): SagaError {
  const problem = `"${saga}/${id}" has not ended in time; it is ${status}.`;
  const fix = `Wait longer, or look at it: backstep show ${saga}/${id}.`;
  return new SagaError("WAIT_TIMED_OUT", problem, { fix, details: { saga, id, status } });
}

function pause(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal?.addEventListener("abort", done);
  });
}
