/**
 * Storms in which nobody dies when told to: handlers answer `done` or `refused` long after another worker
 * took over, workers sleep at any place and go on, effects land after their call was given up; and workers
 * die, lanes are emptied, operators pause and cancel. Then the world heals. Checked by the participants' own
 * books:
 *
 * Z1 G8: the instance has ended or is parked, and its head says so. Z2 G3: an effect stands if and only if
 * its step is done. Z3 G7: each payment is captured or was paid back, exactly one of them, once. Z4 G4: what
 * started later was taken back earlier. Z5 G5: no effect lands after its undo.
 */
import { SeededIds } from "../../src/testing/seeded-ids.js";
import type { Setup } from "../unit/runtime/shop.js";
import type { Replies, Reply } from "./ledger.js";
import { actor, one, openTrip, purgeAll, type Trip } from "./trip.js";

/** Shorter than a slow handler: whoever is slow becomes a zombie. */
const visibility = { seconds: 5 } as const;
const forwards = ["seat", "room", "capture", "ticket"];

/** A seeded fate. */
class Dice {
  private readonly ids: SeededIds;

  constructor(seed: number) {
    this.ids = new SeededIds(seed);
  }

  /** Whether something of this probability happens. */
  hit(probability: number): boolean {
    return this.ids.random() < probability;
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    return Math.floor(this.ids.random() * limit);
  }

  /** Sometimes late, sometimes silent, sometimes wrong about what happened; well again in the end. */
  replies(): Replies {
    const names = [...forwards, "undo seat", "undo room", "refund", "probe capture"];
    return Object.fromEntries(
      names.map((name) => [name, [this.reply(name), this.reply(name), this.reply(name), {}]]),
    );
  }

  private reply(name: string): Reply {
    const isForward = forwards.includes(name);
    const afterMs = this.hit(0.4) ? this.below(9_500) : 0;
    const landsMs = this.hit(0.3) ? this.below(15_000) : undefined;
    const sort = this.ids.random();
    if (sort < 0.1 && isForward) return { says: "no", afterMs };
    // Whoever answers has done what it does by then; who says nothing may yet do it.
    const lands = sort < 0.7 || landsMs !== undefined ? { landsMs: Math.min(landsMs ?? 0, afterMs) } : {};
    if (sort < 0.85) return { says: sort < 0.7 ? "ok" : "boom", afterMs, ...lands };
    return { says: "silent", ...(landsMs === undefined ? {} : { landsMs }) };
  }
}

/** Workers die or fall asleep at fault points while `isStormy`. */
function fate(dice: Dice) {
  const world: { isStormy: boolean; trip?: Trip } = { isStormy: true };
  const faults = {
    async at(point: string): Promise<void> {
      if (!world.isStormy) return;
      if (dice.hit(0.04)) throw new Error(`dies at ${point}`);
      if (dice.hit(0.06)) await world.trip?.world.clock.wait(dice.below(7_000));
    },
  };
  return { world, faults };
}

/** An operator who pauses, resumes and cancels; what the instance refuses is refused. */
async function meddleWith({ world }: Trip, dice: Dice): Promise<void> {
  const give = (kind: "pause" | "resume" | "cancel" | "retry") =>
    world.client.command(one, { kind }, { actor }).catch((error: { code?: string }) => {
      if (error.code !== "COMMAND_REFUSED") throw error;
    });
  if (dice.hit(0.1)) await give("pause");
  if (dice.hit(0.3)) await give("resume");
  if (dice.hit(0.3)) await give("retry");
  if (dice.hit(0.03)) await give("cancel");
}

/** One world, from its storm to its calm. */
async function storm(seed: number, setup: Setup, guarded: boolean) {
  const dice = new Dice(seed);
  const { world, faults } = fate(dice);
  const trip = openTrip(setup, dice.replies(), { faults, seed, visibility, guarded });
  world.trip = trip;
  const paid: string[] = [];
  const pay = async () => {
    paid.push(`p-${paid.length + 1}`);
    await trip.pay(paid.at(-1));
  };
  if (dice.hit(0.2)) await pay();
  await trip.start();
  for (let turn = 0; turn < 40; turn += 1) {
    await trip.world.advance(dice.below(turn < 20 ? 4_000 : 60_000));
    if (dice.hit(0.05)) await pay();
    if (dice.hit(0.05)) purgeAll(trip.world);
    await meddleWith(trip, dice);
  }
  world.isStormy = false;
  await trip.world.client.command(one, { kind: "resume" }, { actor });
  await trip.world.advance({ hours: 6 });
  return { trip, paid };
}

/** Z4: what started later is taken back first. Z5: nothing lands after its undo. */
function disorders({ ledger }: Trip): string[] {
  const landed = ledger.landed.map(({ what }) => what);
  const [seat, room] = [landed.indexOf("undo seat"), landed.indexOf("undo room")];
  const isReversed = seat < 0 || room < seat;
  const revived = forwards.filter((step) => {
    const undone = landed.indexOf(`undo ${step}`);
    return undone >= 0 && landed.lastIndexOf(step) > undone;
  });
  return [
    ...(isReversed ? [] : ["seat was taken back before room"]),
    ...revived.map((step) => `${step} landed after its undo`),
  ];
}

/** Z3: what became of each payment. */
async function payments(trip: Trip, paid: readonly string[]): Promise<string[]> {
  const { steps, ended } = await trip.state();
  return paid.flatMap((payment) => {
    const isCaptured = ended?.status === "completed" && steps.payment?.mail === payment;
    const times =
      trip.ledger.refunds.filter((refunded) => refunded === payment).length + (isCaptured ? 1 : 0);
    return times === 1 ? [] : [`${payment} was captured or paid back ${times} times`];
  });
}

/** What became of one world, and what is wrong about it. */
export async function verdict(seed: number, setup: Setup, guarded: boolean) {
  const { trip, paid } = await storm(seed, setup, guarded);
  const status = await trip.status();
  const wrong = [
    ...(["completed", "compensated", "parked"].includes(status) ? [] : [`it is ${status}`]),
    ...(await trip.disagreements()),
    ...disorders(trip),
    ...(status === "parked" ? [] : await payments(trip, paid)),
  ];
  return { status, wrong };
}
