import {
  CloudWatchClient,
  type CloudWatchClientConfig,
  GetMetricDataCommand,
  type MetricDataQuery,
} from "@aws-sdk/client-cloudwatch";
import { call } from "../call.js";
import { clientDefaults } from "../clients/client-defaults.js";

/** A metric of a resource. */
export interface MetricOf {
  /** Such as `AWS/SQS`. */
  readonly namespace: string;
  readonly metric: string;
  readonly statistic: "Sum" | "Maximum";
  /** The name of its dimension, and of the resource. */
  readonly of: readonly [dimension: string, resource: string];
}

/** Of CloudWatch. */
const queriesMax = 500;
const periodMs = 60_000;

/** The metrics of a stage, by the minute. */
export class StageMetrics {
  readonly #client: CloudWatchClient;
  readonly #endpoint: string | undefined;

  constructor(config: CloudWatchClientConfig & { readonly endpoint?: string }) {
    this.#client = new CloudWatchClient({ ...clientDefaults, ...config });
    this.#endpoint = config.endpoint;
  }

  /**
   * Reads metrics of the whole minutes between two times, epoch milliseconds.
   * @returns for each metric its values, the newest first; none where CloudWatch has none
   * @throws SagaError AWS_DENIED
   */
  async read(metrics: readonly MetricOf[], from: number, until: number): Promise<readonly number[][]> {
    const found = new Map<string, number[]>();
    for (let at = 0; at < metrics.length; at += queriesMax) {
      const queries = metrics.slice(at, at + queriesMax).map((each, index) => queryOf(each, at + index));
      for (const { Id = "", Values = [] } of await this.#ask(queries, from, until)) found.set(Id, Values);
    }
    return metrics.map((_, at) => found.get(idOf(at)) ?? []);
  }

  destroy(): void {
    this.#client.destroy();
  }

  async #ask(queries: MetricDataQuery[], from: number, until: number) {
    const place = { action: "cloudwatch:GetMetricData", endpoint: this.#endpoint };
    const { MetricDataResults = [] } = await call(place, () =>
      this.#client.send(
        new GetMetricDataCommand({
          MetricDataQueries: queries,
          StartTime: wholeMinute(from),
          EndTime: wholeMinute(until),
          ScanBy: "TimestampDescending",
        }),
      ),
    );
    return MetricDataResults;
  }
}

function queryOf({ namespace, metric, statistic, of: [dimension, resource] }: MetricOf, at: number) {
  const Dimensions = [{ Name: dimension, Value: resource }];
  const Metric = { Namespace: namespace, MetricName: metric, Dimensions };
  return { Id: idOf(at), MetricStat: { Metric, Period: periodMs / 1_000, Stat: statistic } };
}

function idOf(at: number): string {
  return `m${at}`;
}

function wholeMinute(ms: number): Date {
  return new Date(Math.floor(ms / periodMs) * periodMs);
}
