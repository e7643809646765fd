import { resourceNames } from "../../core/topology/resource-names.js";
import { SagaError } from "../../errors/saga-error.js";
import type { Clock } from "../../ports/clock.js";
import type { LaneDesk, LaneFacts, LaneReport } from "../../ports/lane-desk.js";
import { isStackAbsent } from "../deploy/read-stack.js";
import { openOnce } from "../open-once.js";
import { type LaneQueues, parseLaneQueues } from "../queues/lane-queues.js";
import { saidOf } from "./said-of.js";
import type { MetricOf } from "./stage-metrics.js";
import { laneNames, lanesOf, queueUrls, shapeOfStack } from "./stage-shape.js";
import type { StageTools } from "./stage-tools.js";

/** What the desk of a stage stands on. */
export interface SqsLaneDeskOptions {
  readonly tools: StageTools;
  readonly clock: Pick<Clock, "now">;
  /** The URL of a lane's queue, with `{lane}` for its name. */
  readonly laneQueueUrl: string;
  /** The lanes that declared sagas use, beside those of the stack. */
  readonly lanes: readonly string[];
}

/** Of Lambda. */
const concurrencyLimits = { min: 2, max: 1_000 };
/** CloudWatch has its numbers by the minute, some minutes late. */
const windowMsMin = 600_000;
const { deadLetterQueue } = resourceNames("", "");

/** How the lanes of a stage are worked, as SQS, Lambda and CloudWatch tell. */
export class SqsLaneDesk implements LaneDesk {
  readonly #options: SqsLaneDeskOptions;
  readonly #queues: LaneQueues;
  /** The lanes of the stack, also those that no saga uses any more: their queues may hold events. */
  readonly #made: () => Promise<readonly string[]>;

  /** @throws SagaError ENVIRONMENT_INVALID */
  constructor(options: SqsLaneDeskOptions) {
    this.#options = options;
    const { laneQueueUrl, tools } = options;
    this.#queues = parseLaneQueues(laneQueueUrl);
    this.#made = openOnce(async () => lanesOf(await shapeOfStack(await tools.stack()), laneQueueUrl));
  }

  async report(overMs: number): Promise<LaneReport> {
    const skipped: string[] = [];
    const lanes = await this.#lanes(skipped).catch((error: unknown) => {
      skipped.push(`Nobody can tell which lanes there are: ${saidOf(error)}`);
      return [];
    });
    const depths = await this.#depths(lanes, skipped);
    const known = depths.map(({ lane }) => lane);
    if (overMs === 0 || known.length === 0) return { lanes: depths, skipped };
    const [rates, concurrencies] = await Promise.all([
      this.#rates(known, overMs, skipped),
      this.#concurrencies(known, skipped),
    ]);
    return { lanes: depths.map((depth, at) => ({ ...depth, ...rates[at], ...concurrencies[at] })), skipped };
  }

  /** Queues do not tell of their groups. */
  async group(): Promise<undefined> {
    return undefined;
  }

  async setConcurrency(lane: string, concurrency: number): Promise<number | undefined> {
    const { min, max } = concurrencyLimits;
    if (!Number.isInteger(concurrency) || concurrency < min || concurrency > max) {
      throw new SagaError("USAGE", `Lambda takes no concurrency of ${concurrency}.`, {
        fix: `Use a whole number from ${min} to ${max}; to stop a lane, pause its instances.`,
        details: { lane, concurrency },
      });
    }
    const lanes = await this.#lanes();
    const feed = lanes.includes(lane) ? await this.#feedOf(lane) : undefined;
    if (feed === undefined) throw laneUnknown(lane, lanes);
    await (await this.#options.tools.functions()).setConcurrency(feed, concurrency);
    return feed.concurrency;
  }

  /** @throws what the stack throws where no lane is declared */
  async #lanes(skipped: string[] = []): Promise<readonly string[]> {
    const { lanes } = this.#options;
    const made = await this.#made().catch((error: unknown) => {
      if (lanes.length === 0) throw error;
      // Other tools deploy without a stack of this name.
      if (!isStackAbsent(error)) skipped.push(`Lanes that no saga uses are left out: ${saidOf(error)}`);
      return [];
    });
    return [...new Set([...lanes, ...made])].sort();
  }

  async #depths(lanes: readonly string[], skipped: string[]): Promise<readonly LaneFacts[]> {
    const { tools, laneQueueUrl } = this.#options;
    const urlOf = queueUrls(laneQueueUrl);
    const found = await Promise.all(
      lanes.map(async (lane): Promise<LaneFacts | undefined> => {
        const { queue } = laneNames(this.#queues, lane);
        const [depth, dead] = await Promise.all([
          tools.depth(urlOf(queue)),
          tools.depth(urlOf(deadLetterQueue(queue))),
        ]);
        if (depth === undefined) {
          skipped.push(`The lane "${lane}" has no queue "${queue}": it is not deployed.`);
          return undefined;
        }
        return { lane, ...depth, ...(dead === undefined ? {} : { dead: dead.visible + dead.inFlight }) };
      }),
    );
    return found.flatMap((facts) => facts ?? []);
  }

  async #rates(lanes: readonly string[], overMs: number, skipped: string[]): Promise<readonly Rates[]> {
    const { tools, clock } = this.#options;
    const until = clock.now();
    const names = lanes.map((lane) => laneNames(this.#queues, lane).queue);
    try {
      const metrics = await tools.metrics();
      const from = until - Math.max(windowMsMin, overMs);
      const values = await metrics.read(names.flatMap(metricsOf), from, until);
      if (values.every(({ length }) => length === 0)) skipped.push(noMetrics);
      return lanes.map((_, at) => ratesOf(values.slice(at * 3, at * 3 + 3)));
    } catch (error) {
      skipped.push(`Rates and ages are not known: ${saidOf(error)}`);
      return [];
    }
  }

  async #concurrencies(
    lanes: readonly string[],
    skipped: string[],
  ): Promise<readonly Pick<LaneFacts, "concurrency">[]> {
    try {
      const feeds = await Promise.all(lanes.map((lane) => this.#feedOf(lane)));
      return feeds.map((feed) => (feed?.concurrency === undefined ? {} : { concurrency: feed.concurrency }));
    } catch (error) {
      skipped.push(`How many events are worked at once is not known: ${saidOf(error)}`);
      return [];
    }
  }

  async #feedOf(lane: string) {
    const names = laneNames(this.#queues, lane);
    const functions = await this.#options.tools.functions();
    return (await functions.feeds(names.function)).find(({ queue }) => queue === names.queue);
  }
}

type Rates = Pick<LaneFacts, "arrivalsPerSecond" | "drainsPerSecond" | "oldestMs">;

const noMetrics =
  "CloudWatch has no metrics of the lanes' queues: nothing came for hours, or the endpoint keeps none.";

function metricsOf(queue: string): readonly MetricOf[] {
  const common = { namespace: "AWS/SQS", of: ["QueueName", queue] } as const;
  return [
    { ...common, metric: "NumberOfMessagesSent", statistic: "Sum" },
    { ...common, metric: "NumberOfMessagesDeleted", statistic: "Sum" },
    { ...common, metric: "ApproximateAgeOfOldestMessage", statistic: "Maximum" },
  ];
}

/** By the minutes that CloudWatch has: the last may be missing yet. */
function ratesOf([sent = [], deleted = [], ages = []]: readonly (readonly number[])[]): Rates {
  const perSecond = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / (values.length * 60);
  const [age] = ages;
  return {
    ...(sent.length === 0 ? {} : { arrivalsPerSecond: perSecond(sent) }),
    ...(deleted.length === 0 ? {} : { drainsPerSecond: perSecond(deleted) }),
    ...(age === undefined ? {} : { oldestMs: age * 1_000 }),
  };
}

function laneUnknown(lane: string, known: readonly string[]): SagaError {
  const problem = known.includes(lane)
    ? `Nothing feeds a function from the lane "${lane}": it is not deployed.`
    : `There is no lane "${lane}"; there are: ${known.join(", ")}.`;
  return new SagaError("LANE_UNKNOWN", problem, { details: { lane, known } });
}
