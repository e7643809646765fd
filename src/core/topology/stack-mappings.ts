import type { MappingResource, QueueResource } from "./topology.js";
import type { TopologyParts } from "./topology-parts.js";

/** The most that a FIFO queue gives to one invocation. */
const batchSizeDefault = 10;

/** The dead-letter queues that the dead-letter function empties: all but those of subscribers. */
export function deadLettersOf(queues: readonly QueueResource[]): readonly QueueResource[] {
  const own = queues.filter(({ kind }) => kind === "lane" || kind === "timer" || kind === "ingest");
  const ids = new Set(own.map(({ deadLetter }) => deadLetter?.queue));
  return queues.filter(({ id }) => ids.has(id));
}

/** Which queue feeds which function. */
export function stackMappings(
  { settings, lanes, awaited }: TopologyParts,
  queues: readonly QueueResource[],
): readonly MappingResource[] {
  const { concurrency: maximumConcurrency } = settings;
  const common = { batchSize: batchSizeDefault, maximumConcurrency };
  return [
    ...lanes.map(({ lane }) => {
      const own = settings.lanes[lane];
      return {
        id: `lane-${lane}`,
        queue: `lane-${lane}`,
        function: `lane-${lane}`,
        batchSize: own?.batchSize ?? batchSizeDefault,
        maximumConcurrency: own?.concurrency ?? maximumConcurrency,
      };
    }),
    { id: "timers", queue: "timers", function: "timers", ...common },
    ...(awaited.length === 0 ? [] : [{ id: "ingest", queue: "ingest", function: "ingest", ...common }]),
    ...deadLettersOf(queues).map(({ id }) => ({
      id,
      queue: id,
      function: "dead-letter",
      ...common,
      maximumConcurrency: 2,
    })),
  ];
}
