import { setTimeout as sleep } from "node:timers/promises";
import { faultPoints } from "backstep/testing";
import { checkOrders } from "./check.js";
import { mixedCrowd } from "./proof/crowd.js";
import { play } from "./proof/customers.js";
import {
  type EngineProcess,
  type EngineProcessOptions,
  forkEngine,
  runAsEngine,
} from "./proof/engine-process.js";
import { exitCodes, readOptions } from "./proof/options.js";
import { createRandom, type Random } from "./proof/random.js";
import { closeRun, openRun, type Run, runProof, untilQuiet } from "./proof/run.js";

const program = {
  usage: "npm run crash -- [options]",
  summary: "Kills the engine again and again while customers order, then checks that every promise was kept.",
  numbers: {
    orders: { description: "how many orders are placed", default: 300, min: 1, max: 10_000 },
    kills: { description: "how often the engine is killed", default: 30, min: 0, max: 1_000 },
    seed: {
      description: "decides who orders what when, and when the engine dies; default random",
      min: 0,
      max: 2 ** 32 - 1,
    },
  },
  texts: { store: "keep the store in this new file instead of a temporary one" },
} as const;

/** How long a customer may take to pay. */
const windowMs = 2_500;

/** How long an engine lives, from its start on: some die before they work. */
const lifeMs = { shortest: 100, longest: 1_600 } as const;

/** Most engines kill themselves between two writes: at an entry up to this one, not always the first time. */
const death = { entryMax: 11, timesMax: 3 } as const;

if (!(await runAsEngine(process.argv.slice(2)))) await runProof(main);

async function main(): Promise<number> {
  const { numbers, texts } = readOptions(program, process.argv.slice(2));
  const { orders, kills } = numbers;
  const run = openRun({ program: "crash", seed: numbers.seed, file: texts.store, windowMs });
  const { seed } = run;
  const arrivalMs = Math.max(2_000, kills * ((lifeMs.shortest + lifeMs.longest) / 2));
  console.log(`seed=${seed} orders=${orders} kills=${kills} store=${run.file}`);
  stockUp(run, orders);

  const customers = mixedCrowd({ seed, orders, arrivalMs, windowMs, prefix: "o" });
  const played = Promise.all(customers.map((customer) => play(customer, run)));
  const troubled = makeTrouble(run, createRandom(seed + 1), arrivalMs);
  const survivor = await killRepeatedly(run, kills, createRandom(seed + 2));
  await Promise.all([played, troubled]);
  const placed = customers.map(({ orderId }) => orderId);
  await untilQuiet(run, survivor, placed);
  await survivor.stop();

  const { ended, parked, violations } = checkOrders(await run.evidence(placed));
  closeRun(run, violations);
  console.log(
    `kills=${kills} orders=${orders} ended=${ended} parked=${parked} violations=${violations.length}`,
  );
  return violations.length === 0 ? exitCodes.success : exitCodes.failed;
}

/** Mugs for everybody, prints for some; the warehouse of the lamps takes nothing back. */
function stockUp({ services }: Run, orders: number): void {
  services.stock.deliver("mug", 3 * orders);
  services.stock.deliver("lamp", orders);
  services.stock.deliver("print", Math.max(1, Math.round(orders / 20)));
  services.stock.setWarehouse("lamp", "closed");
}

/** The carrier is down a third of the time. */
async function makeTrouble({ services }: Run, random: Random, forMs: number): Promise<void> {
  for (let left = forMs; left > 0; ) {
    const up = random.between(500, 3_000);
    const down = random.between(300, 1_500);
    await sleep(up);
    services.shipping.setCarrier("down");
    await sleep(down);
    services.shipping.setCarrier("up");
    left -= up + down;
  }
}

/** @returns the engine that is not killed any more */
async function killRepeatedly({ file }: Run, kills: number, random: Random): Promise<EngineProcess> {
  for (let kill = 1; kill <= kills; kill += 1) {
    const engine = forkEngine({ file, windowMs, ...fateOf(random) });
    const startedAt = Date.now();
    const code = await Promise.race([sleep(random.between(lifeMs.shortest, lifeMs.longest)), engine.exited]);
    if (typeof code === "number") throw new Error(`The engine ended by itself with exit code ${code}.`);
    await engine.kill();
    console.log(`kill ${kill}/${kills} after ${Date.now() - startedAt} ms`);
  }
  const { death: _, ...setup } = fateOf(random);
  return forkEngine({ file, windowMs, ...setup });
}

/** Half of the engines take one step at a time, each lays its lanes its own way, most die where it hurts. */
function fateOf(random: Random): Pick<EngineProcessOptions, "fuse" | "lanes" | "death"> {
  const fuse = random.next() < 0.5;
  const lanes = random.pick([[1, "shared"] as const, [1, "per-saga"] as const, [1, "per-step"] as const]);
  const point = random.pick(faultPoints.map((name) => [1, name] as const));
  const entry = random.between(0, death.entryMax);
  const times = random.between(1, death.timesMax);
  return random.next() < 3 / 4 ? { fuse, lanes, death: { point, entry, times } } : { fuse, lanes };
}
