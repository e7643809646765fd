/**
 * What the resources of a stage are called. What is not a lane's has a double hyphen, which keeps it apart
 * from a lane of that name.
 */
export interface ResourceNames {
  /** Of the stack, the table and the bus. */
  readonly stack: string;
  readonly laneQueue: (lane: string) => string;
  readonly laneFunction: (lane: string) => string;
  /** Of a queue, a function, a rule or a schedule that no lane has. */
  readonly own: (what: string) => string;
  /** The dead-letter function reads the lane from it. */
  readonly deadLetterQueue: (queue: string) => string;
}

/** Whether a stage can be called so: `stageNameFix` says how. */
export function isStageName(text: string): boolean {
  return /^[a-z][a-z0-9-]{0,19}$/.test(text);
}

/** What to call a stage. */
export const stageNameFix = "Use at most 20 small letters, digits and -, a letter first.";

/** Names resources after the project and its stage. */
export function resourceNames(name: string, stage: string): ResourceNames {
  const stack = `${name}-${stage}`;
  return {
    stack,
    laneQueue: (lane) => `${stack}-${lane}.fifo`,
    laneFunction: (lane) => `${stack}-${lane}`,
    own: (what) => `${stack}--${what}`,
    deadLetterQueue: (queue) => `dead-${queue}`,
  };
}

/** The ARN of a resource, with placeholders for partition, region and account. */
export function arnOf(service: string, resource: string): string {
  return `arn:{partition}:${service}:{region}:{account}:${resource}`;
}
