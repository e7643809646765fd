import { setTimeout as sleep } from "node:timers/promises";
import { currentStepOf } from "../../src/core/journal/status.js";
import { type Instance, isOver, isSagaError, statusOf, stepStateOf } from "../../src/index.js";
import { type LocalClient, openLocalClient } from "../../src/local/index.js";
import { percentileOf } from "../report.js";
import type { AcceptedFile } from "./accepted-file.js";
import { BillPaid, type Plan, planOf, sagas } from "./sagas.js";

const tickMs = 50;

/** A client that was kept busy starts at most what was due in so long. */
const creditMs = 250;

/**
 * When an instance is looked at first, milliseconds; then each time it is twice as old, but often enough to
 * see it before it is removed.
 */
const lookAfterMs = 1_500;
const lookEveryMsMax = 8_000;

/** How often a start or a payment is tried again while another process holds the file. */
const triesMax = 20;

/** An instance that was accepted and not seen to have ended. */
interface Open extends Plan {
  readonly acceptedAt: number;
  lookAt: number;
}

/** What the client did since it was asked before. */
export interface Progress {
  readonly accepted: number;
  readonly ended: number;
  /** From start to end, milliseconds, of the smooth trips, by their journals; `NaN` of none. */
  readonly p50Ms: number;
}

/** A client process beside the engines: starts at a steady rate, pays, and sees every instance end. */
export class Load {
  /** What ended in another way, or vanished; empty if all is well. */
  readonly wrong: string[] = [];
  readonly #client: LocalClient;
  readonly #accepted: AcceptedFile;
  readonly #open = new Map<string, Open>();
  #counts = { accepted: 0, ended: 0 };
  #latenciesMs: number[] = [];
  #next = 0;
  #pending = 0;

  constructor(file: string, accepted: AcceptedFile) {
    this.#client = openLocalClient({ file, sagas });
    this.#accepted = accepted;
  }

  /** How many were accepted and not seen to have ended. */
  get open(): number {
    return this.#open.size;
  }

  /** Starts so many a second until it is stopped; then only looks until all have ended or time is over. */
  async run(perSecond: number, stopped: AbortSignal, patienceMs: number): Promise<void> {
    let credit = 0;
    for (let at = performance.now(); !stopped.aborted; ) {
      const now = performance.now();
      // What could not be started in time is not made up for: the load stays steady.
      credit = Math.min(credit + ((now - at) * perSecond) / 1_000, (creditMs * perSecond) / 1_000);
      at = now;
      for (; credit >= 1; credit -= 1) this.#begin(planOf(this.#next++));
      await this.#lookAndPause();
    }
    const until = performance.now() + patienceMs;
    while (this.#pending + this.open > 0 && performance.now() < until) await this.#lookAndPause();
    for (const plan of this.#open.values()) this.wrong.push(await this.#describe(plan));
    this.#accepted.flush();
  }

  /** What was done since the last call. */
  takeProgress(): Progress {
    const progress = { ...this.#counts, p50Ms: percentileOf(this.#latenciesMs, 0.5) };
    this.#counts = { accepted: 0, ended: 0 };
    this.#latenciesMs = [];
    return progress;
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  #begin(plan: Plan): void {
    this.#pending += 1;
    this.#startAndPay(plan)
      .catch((error: unknown) =>
        this.wrong.push(`${plan.saga}/${plan.id} was not accepted: ${String(error)}`),
      )
      .finally(() => {
        this.#pending -= 1;
      });
  }

  async #startAndPay(plan: Plan): Promise<void> {
    const { saga, id, input, paidAfterMs } = plan;
    const pay = () => this.#client.signal(BillPaid.name, { id }, { eventId: `paid-${id}` });
    if (paidAfterMs !== undefined && paidAfterMs < 0) await insist(pay);
    await insist(() => this.#client.start(saga, input));
    this.#accepted.accepted(`${saga}/${id}`);
    const acceptedAt = performance.now();
    this.#open.set(`${saga}/${id}`, { ...plan, acceptedAt, lookAt: acceptedAt + lookAfterMs });
    this.#counts.accepted += 1;
    if (paidAfterMs === undefined || paidAfterMs < 0) return;
    await sleep(paidAfterMs);
    await insist(pay);
  }

  async #lookAndPause(): Promise<void> {
    const now = performance.now();
    for (const open of this.#open.values()) {
      if (open.lookAt > now) continue;
      open.lookAt = now + Math.min(now - open.acceptedAt, lookEveryMsMax);
      await this.#look(open);
    }
    this.#accepted.flush();
    await sleep(tickMs);
  }

  async #describe({ saga, id }: Plan): Promise<string> {
    const { head, state } = await this.#client.get({ saga, id });
    const watch = head.watchAt === undefined ? "never" : new Date(head.watchAt).toISOString();
    const last = `entry ${state.n} of ${new Date(state.at).toISOString()}`;
    const step = currentStepOf(state) ?? "no step";
    return `${saga}/${id} has not ended: ${statusOf(state)} at ${step}, ${last}; looked at ${watch}.`;
  }

  async #look(plan: Plan): Promise<void> {
    const { saga, id, end } = plan;
    const name = `${saga}/${id}`;
    try {
      const instance = await this.#client.get({ saga, id });
      if (!isOver(instance.state)) return;
      this.#open.delete(name);
      const flaw = flawOf(instance, end);
      if (flaw !== undefined) {
        this.wrong.push(`${name} ${flaw}`);
        return;
      }
      this.#accepted.ended(name);
      this.#counts.ended += 1;
      if (plan.input.fate === "smooth") this.#latenciesMs.push(instance.state.at - instance.state.startedAt);
    } catch (error) {
      if (!isSagaError(error, "INSTANCE_UNKNOWN")) return; // looked at again; in the end it has not ended
      this.#open.delete(name);
      this.wrong.push(`${name} was accepted and is not on file.`);
    }
  }
}

/** Whether an instance has ended as it must, with every step at an end that fits. */
function flawOf({ state }: Instance, end: Plan["end"]): string | undefined {
  const status = statusOf(state);
  if (status !== end) return `ended ${status} and not ${end}.`;
  const fitting = end === "completed" ? ["done"] : ["compensated", "refused"];
  const odd = state.order.find((step) => !fitting.includes(stepStateOf(state, step)));
  return odd === undefined ? undefined : `ended ${status}, but "${odd}" is ${stepStateOf(state, odd)}.`;
}

/** Tries again: the same id makes it the same start, the same event. */
async function insist<Value>(act: () => Promise<Value>): Promise<Value> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await act();
    } catch (error) {
      if (tries === triesMax) throw error;
      await sleep(tickMs * tries);
    }
  }
}
