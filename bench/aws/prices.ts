/** List prices in us-east-1, November 2026, dollars; logs, storage and transfer left out. */
const prices = {
  writeUnit: 0.625e-6,
  /** A strong read of 4 KB. */
  readUnit: 0.125e-6,
  fifoRequest: 0.5e-6,
  lambdaRequest: 0.2e-6,
  /** Of a function on arm64. */
  lambdaGbSecond: 0.0000133334,
  standardTransition: 25e-6,
  expressRequest: 1e-6,
  expressGbSecond: 0.00001667,
  temporalAction: 50e-6,
} as const;

/** What the steps of an instance are taken to be: five of 50 ms, in functions of 512 MB. */
const steps = { count: 5, seconds: 0.05, gb: 0.5 } as const;

/** What one instance asks of AWS. */
export interface Usage {
  readonly writeUnits: number;
  /** Units of strong reads. */
  readonly readUnits: number;
  /** Messages. */
  readonly sends: number;
}

/**
 * The price of a million instances.
 * @param batch messages a call and an invocation, 1 to 10: its instances run side by side
 */
export function usdPerMillion({ writeUnits, readUnits, sends }: Usage, batch: number): number {
  const table = writeUnits * prices.writeUnit + readUnits * prices.readUnit;
  // Sent, received and deleted, and the worker's invocation.
  const queue = (sends * (3 * prices.fifoRequest + prices.lambdaRequest)) / batch;
  return 1e6 * (table + queue + compute() / batch);
}

/** The price of a million such instances with a peer: five steps, each a function of its own. */
export const peersUsdPerMillion: Readonly<Record<string, number>> = {
  stepFunctionsStandard: 1e6 * (steps.count * (prices.standardTransition + prices.lambdaRequest) + compute()),
  stepFunctionsExpress:
    1e6 *
    (prices.expressRequest +
      roundedUp(steps.count * steps.seconds, 0.1) * (64 / 1_024) * prices.expressGbSecond +
      steps.count * prices.lambdaRequest +
      compute()),
  // A start and five activities; the workers are the user's own.
  temporalCloud: 1e6 * (steps.count + 1) * prices.temporalAction,
};

function compute(): number {
  return steps.count * steps.seconds * steps.gb * prices.lambdaGbSecond;
}

function roundedUp(value: number, to: number): number {
  return Math.ceil(value / to - 1e-9) * to;
}
