import type { OrderSettings } from "./saga.js";

/**
 * The settings of a shop from its environment: `BACKSTEP_PAYMENT_WINDOW_SECONDS`, default 30 minutes.
 * @throws Error if it is not a positive number
 */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): OrderSettings {
  const given = environment.BACKSTEP_PAYMENT_WINDOW_SECONDS;
  if (given === undefined || given === "") return { paymentWindow: { minutes: 30 } };
  const seconds = Number(given);
  if (Number.isFinite(seconds) && seconds > 0) return { paymentWindow: { seconds } };
  throw new Error(`BACKSTEP_PAYMENT_WINDOW_SECONDS is "${given}". Set it to a positive number of seconds.`);
}
