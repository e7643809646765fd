import { SagaError } from "../../errors/saga-error.js";

const placeholder = "{lane}";
const shape = /^https?:\/\/[^{}]+\/([^{}/]*)\{lane\}([^{}/]*\.fifo)$/;
const variable = "BACKSTEP_LANE_QUEUE_URL";

/** Which queue belongs to which lane. */
export interface LaneQueues {
  /** The URL of a lane's queue. */
  urlOf(lane: string): string;
  /**
   * The lane of a queue, by its URL or ARN.
   * @throws SagaError QUEUE_UNKNOWN for a queue that is no lane's
   */
  laneOf(queueUrlOrArn: string): string;
}

/**
 * Reads the template of the lanes' queue URLs: `{lane}` stands for the lane in the name of a FIFO queue.
 * @throws SagaError ENVIRONMENT_INVALID naming BACKSTEP_LANE_QUEUE_URL
 */
export function parseLaneQueues(template: unknown): LaneQueues {
  const [url, before = "", after = ""] = (typeof template === "string" && shape.exec(template)) || [];
  if (url === undefined) throw malformed(template);
  return {
    urlOf: (lane) => url.replace(placeholder, () => lane),
    laneOf: (queue) => {
      const found = queue.slice(Math.max(queue.lastIndexOf("/"), queue.lastIndexOf(":")) + 1);
      const lane = found.slice(before.length, found.length - after.length);
      if (lane === "" || found !== `${before}${lane}${after}`)
        throw noLane(queue, `${before}${placeholder}${after}`);
      return lane;
    },
  };
}

function malformed(template: unknown): SagaError {
  const found = template === undefined ? "is not set" : `is ${JSON.stringify(template)}`;
  const problem = `${variable} ${found}. It is a queue's URL with {lane} once, in the name of a FIFO queue.`;
  const fix = `Set it to such as https://sqs.eu-west-1.amazonaws.com/123456789012/shop-${placeholder}.fifo.`;
  return new SagaError("ENVIRONMENT_INVALID", problem, { fix, details: { variable } });
}

function noLane(queue: string, name: string): SagaError {
  const fix = `Correct ${variable}, or the event source of the function.`;
  const problem = `The queue "${queue}" is not named like a lane's, "${name}".`;
  return new SagaError("QUEUE_UNKNOWN", problem, { fix, details: { queue } });
}
