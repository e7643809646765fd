import { isSagaError } from "backstep";
import { explore, simulate } from "backstep/testing";
import { explorations, layouts } from "../sim/explorations/explorations.js";
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
  /** @returns what is wrong, or `undefined`; it may also throw a `SagaError` that says so */
  find(): Promise<string | undefined>;
}

const exploring: readonly Check[] = layouts.flatMap(({ name: layoutName, ...layout }) =>
  Object.entries(explorations).map(([name, { saga, options }]) => ({
    name: `explore (${name}, ${layoutName})`,
    async find() {
      await explore(saga, { ...options, ...layout });
      return undefined;
    },
  })),
);

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

const checks: readonly Check[] = [...exploring, simulation, ...storms];

/** A mutant that does not even run has nothing to do with what it is meant to show. */
const isSlip = /\b(Reference|Syntax|Type)Error\b/;

/**
 * Looks for bugs of the engine, one check after the other.
 * @returns the first finding, or `undefined`
 * @throws Error if the engine, or a check, is not even code that runs: that finds nothing
 */
export async function hunt(): Promise<Finding | undefined> {
  for (const { name, find } of checks) {
    const what = await find().catch((error: unknown) => {
      if (isSagaError(error)) return error.message;
      throw error;
    });
    if (what !== undefined && isSlip.test(what)) throw new Error(`It does not run: ${what}`);
    if (what !== undefined) return { by: name, what };
  }
  return undefined;
}
