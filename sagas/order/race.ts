import { checkOrders } from "./check.js";
import type { Case } from "./proof/case.js";
import { racingCrowd } from "./proof/crowd.js";
import { play } from "./proof/customers.js";
import { forkEngine, runAsEngine } from "./proof/engine-process.js";
import { exitCodes, readOptions } from "./proof/options.js";
import { closeRun, openRun, runProof, untilQuiet } from "./proof/run.js";
import { paint } from "./proof/terminal.js";

const program = {
  usage: "npm run race -- [options]",
  summary: "Lets every payment arrive at the moment of its timeout, then checks that one of the two won.",
  numbers: {
    orders: { description: "how many orders are placed", default: 1_000, min: 1, max: 100_000 },
    seed: {
      description: "decides on which side of the moment each payment falls; default random",
      min: 0,
      max: 2 ** 32 - 1,
    },
  },
  texts: { store: "keep the store in this new file instead of a temporary one" },
} as const;

/** How long a customer may take to pay. */
const windowMs = 3_000;

/** How far from the moment of the timeout a payment is sent, at most. */
const aroundMs = 8;

/** How many customers come in a second. */
const arrivalsPerSecond = 150;

if (!(await runAsEngine(process.argv.slice(2)))) await runProof(main);

async function main(): Promise<number> {
  const { numbers, texts } = readOptions(program, process.argv.slice(2));
  const { orders } = numbers;
  const run = openRun({ program: "race", seed: numbers.seed, file: texts.store, windowMs });
  const { seed, services } = run;
  console.log(`seed=${seed} orders=${orders} store=${run.file}`);
  services.stock.deliver("mug", orders);

  const engine = forkEngine({ file: run.file, windowMs });
  await engine.ready;
  const arrivalMs = (1_000 * orders) / arrivalsPerSecond;
  const customers = racingCrowd({ seed, orders, windowMs, arrivalMs, prefix: "o" }, aroundMs);
  await Promise.all(customers.map((customer) => play(customer, run)));
  const placed = customers.map(({ orderId }) => orderId);
  await untilQuiet(run, engine, placed);
  await engine.stop();

  const { cases, violations } = checkOrders(await run.evidence(placed));
  closeRun(run, violations);
  const { paid, cancelled, refundedLate } = countOutcomes(cases);
  if (orders > 1 && (paid === 0 || cancelled === 0)) {
    console.log(paint("yellow", "All orders fell on one side of the race: run it again, with more orders."));
  }
  const counts = `orders=${orders} paid=${paid} cancelled=${cancelled} refundedLate=${refundedLate}`;
  console.log(`${counts} violations=${violations.length}`);
  return violations.length === 0 ? exitCodes.success : exitCodes.failed;
}

function countOutcomes(cases: readonly Case[]) {
  const endedAs = (status: string) => cases.filter(({ trace }) => trace.ended?.status === status);
  const cancelled = endedAs("compensated");
  const isRefunded = ({ payments, trace }: Case) =>
    payments.some(({ payment_id, state }) => state === "refunded" && trace.late.get(payment_id) === "done");
  return {
    paid: endedAs("completed").length,
    cancelled: cancelled.length,
    refundedLate: cancelled.filter(isRefunded).length,
  };
}
