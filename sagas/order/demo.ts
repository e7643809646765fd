import { setTimeout as sleep } from "node:timers/promises";
import type { Observer } from "backstep";
import { createLocalEngine } from "backstep/local";
import { carrierDown, demoCustomers, scarceArticle, stuckArticle } from "./demo/customers.js";
import { linesOf } from "./demo/progress.js";
import { countByStatus, renderCount, renderNext, renderOrders } from "./demo/report.js";
import { checkAccounts } from "./proof/accounts.js";
import { casesOf } from "./proof/case.js";
import { announcePayment, type Customer, play, type Shop } from "./proof/customers.js";
import { type EvidenceReader, openEvidence } from "./proof/evidence.js";
import { isQuiet } from "./proof/journal-rules.js";
import { exitCodes, readOptions } from "./proof/options.js";
import { endWithReader, paint } from "./proof/terminal.js";
import { orderSaga } from "./saga.js";
import { type OrderShop, orderServices } from "./services.js";

const program = {
  usage: "npm start -- [options]",
  summary: "Lets thirty customers order, in all ways that go right and wrong, and shows what becomes of it.",
  numbers: {
    window: { description: "seconds that a customer may take to pay", default: 4, min: 2, max: 20 },
  },
  texts: { store: "the file of the engine; default .backstep/local.db" },
} as const;

/** No run takes longer; what is open then is said. */
const patienceMs = 50_000;

const openStatuses = ["running", "waiting", "compensating"] as const;

/** Ctrl-C closes the shop under its customers: what they run into then is no failure. */
let isStopping = false;

await main().catch((error: unknown) => {
  if (isStopping) return;
  console.error(error instanceof Error ? error.message : error);
  process.exit(exitCodes.failed);
});

async function main(): Promise<void> {
  endWithReader();
  const { numbers, texts } = readOptions(program, process.argv.slice(2));
  const file = texts.store ?? ".backstep/local.db";
  const windowMs = numbers.window * 1_000;
  const openedAt = Date.now();
  const say = (id: string, what: string) => {
    const seconds = ((Date.now() - openedAt) / 1_000).toFixed(1);
    console.log(`${paint("dim", `${seconds.padStart(5)} s`)}  order/${id}  ${what}`);
  };
  const services = orderServices(file);
  const engine = createLocalEngine({
    file,
    sagas: [orderSaga({ paymentWindow: { seconds: numbers.window } })],
    services,
    observer: narrator(say),
  });
  const evidence = openEvidence(file);
  const shop: Shop = {
    client: engine.client,
    services,
    windowMs,
    say: ({ orderId }, what) => say(orderId, what),
  };

  const earlier = await findOpen(shop);
  await engine.start();
  await resume(shop, earlier);
  const run = nextRun(evidence);
  const customers = demoCustomers({ run, windowMs });
  const placed = customers.map(({ orderId }) => orderId);
  process.on("SIGINT", async () => {
    if (isStopping) return; // npm passes on what the terminal has sent already
    isStopping = true;
    await engine.stop();
    await sayGoodbye(evidence, [...placed, ...earlier]);
    process.exit(exitCodes.interrupted);
  });
  console.log(`Run ${run}: thirty customers, ${numbers.window} seconds to pay, engine and shop in ${file}\n`);
  stockUp(services, run);
  await Promise.all([...customers.map((customer) => play(customer, shop)), troubleCarrier(services)]);
  await untilQuiet(evidence, [...placed, ...earlier], openedAt + patienceMs);
  await engine.stop();
  process.exitCode = await report(evidence, customers, earlier);
}

/** The ids of the orders that an earlier run left open when it was stopped. */
async function findOpen({ client }: Shop): Promise<string[]> {
  const pages = await Promise.all(
    openStatuses.map((status) => client.list({ saga: "order", status, limit: 1_000 })),
  );
  return pages.flatMap(({ heads }) => heads.map(({ origin }) => origin.id));
}

/** Says what goes on from an earlier run, and delivers the payments of which the shop has not heard. */
async function resume({ client, services }: Shop, open: readonly string[]): Promise<void> {
  if (open.length > 0) {
    console.log(`${open.length} orders of an earlier run are still open. The engine goes on with them.`);
  }
  const payments = await services.payments.unannounced();
  if (payments.length > 0) {
    console.log(`${payments.length} payments were on their way to the shop. They arrive now, some too late.`);
  }
  for (const payment of payments) await announcePayment(payment, { client, services });
}

/** The number after the last run's, by the prints that each run sells. */
function nextRun(evidence: EvidenceReader): number {
  const runs = evidence.shop().stock.map(({ sku }) => Number(/^print-(\d+)$/.exec(sku)?.[1] ?? 0));
  return Math.max(0, ...runs) + 1;
}

function stockUp({ stock, shipping }: OrderShop, run: number): void {
  stock.deliver("mug", 30);
  stock.deliver(scarceArticle(run), 2);
  stock.deliver(stuckArticle, 3);
  stock.setWarehouse(stuckArticle, "closed");
  shipping.setCarrier("up");
}

async function troubleCarrier({ shipping }: OrderShop): Promise<void> {
  await sleep(carrierDown.from);
  shipping.setCarrier("down");
  await sleep(carrierDown.until - carrierDown.from);
  shipping.setCarrier("up");
}

function narrator(say: (id: string, what: string) => void): Observer {
  return {
    transition: ({ id }, entry, _before, after) => {
      for (const line of linesOf(entry, after)) say(id, line);
    },
    log: () => undefined,
    problem: (error) =>
      console.error(paint("red", `  A worker failed and will be called again: ${String(error)}`)),
  };
}

async function untilQuiet(evidence: EvidenceReader, ids: readonly string[], giveUpAt: number): Promise<void> {
  while (Date.now() < giveUpAt) {
    const cases = casesOf(await evidence.read(ids));
    if (cases.every(isQuiet)) return;
    await sleep(200);
  }
}

async function sayGoodbye(evidence: EvidenceReader, ids: readonly string[]): Promise<void> {
  const open = casesOf(await evidence.read(ids)).filter((order) => !isQuiet(order));
  console.log(
    `\nStopped. ${open.length} orders are open, and lost nothing: the next npm start goes on with them.`,
  );
}

/** Prints what became of everybody. @returns the exit code */
async function report(
  evidence: EvidenceReader,
  customers: readonly Customer[],
  earlier: readonly string[],
): Promise<number> {
  const cases = casesOf(await evidence.read(customers.map(({ orderId }) => orderId)));
  const leftovers = casesOf(await evidence.read(earlier));
  const shop = evidence.shop();
  const violations = checkAccounts({ shop });
  const open = [...cases, ...leftovers].filter((order) => !isQuiet(order));
  const parked = cases.find(({ trace }) => trace.parked.size > 0);

  console.log(`\n${renderOrders(customers, cases)}\n`);
  if (leftovers.length > 0) console.log(`Of the earlier run: ${countByStatus(leftovers)}.`);
  console.log(`${cases.length} orders: ${countByStatus(cases)}.`);
  console.log(renderCount(shop, violations));
  for (const { id } of open) console.log(paint("red", `order/${id} is still open.`));
  console.log(`\nThe orders are kept. Look at them:\n${renderNext(parked?.id)}`);
  const isWhole = violations.length === 0 && open.length === 0 && cases.length === customers.length;
  return isWhole ? exitCodes.success : exitCodes.failed;
}
