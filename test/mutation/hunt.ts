import { simulate } from "backstep/testing";
import { worlds } from "../sim/worlds/worlds.js";
import { verdict } from "../sim/zombie-storm.js";
import { setups } from "../unit/runtime/shop.js";

/** What a hunt found wrong with the engine. */
export interface Finding {
  /** The check that found it. */
  readonly by: string;
  readonly what: string;
}

/** A way of looking for bugs. */
interface Check {
  readonly name: string;
  /** @returns what is wrong, or `undefined` */
  find(): Promise<string | undefined>;
}

const simulation: Check = {
  name: "simulate",
  async find() {
    await simulate({ ...worlds, seed: 1, worlds: 1_000, replaysMax: 0 });
    return undefined;
  },
};

const storms: readonly Check[] = setups.map(({ name, ...setup }) => ({
  name: `storms (${name})`,
  async find() {
    for (let seed = 1; seed <= 60; seed += 1) {
      for (const guarded of [true, false]) {
        const { wrong } = await verdict(seed, setup, guarded);
        if (wrong.length > 0) return `seed ${seed}: ${wrong.join("; ")}`;
      }
    }
    return undefined;
  },
}));

const checks: readonly Check[] = [simulation, ...storms];

/**
 * Looks for bugs of the engine, one check after the other.
 * @returns the first finding, or `undefined`
 */
export async function hunt(): Promise<Finding | undefined> {
  for (const { name, find } of checks) {
    const what = await find().catch((error: Error) => error.message);
    if (what !== undefined) return { by: name, what };
  }
  return undefined;
}
