import type { AnySaga } from "../../core/definition/nodes.js";
import { PlannedFate, RandomFate } from "../fate/fate.js";
import { failureOf } from "./describe-failure.js";
import { type DrawnWorld, drawWorld, enabledKinds } from "./draw-world.js";
import { findFailure, type PlayAgain } from "./find-failure.js";
import type { AnySimulateOptions, SimulateOptions } from "./options.js";
import { type PlayedWorld, playWorld, Stages } from "./play-world.js";
import { addReports, assertEveryFaultMet, emptyReport, type SimulationReport } from "./report.js";

/**
 * Plays worlds in which everything goes wrong that may: the real runtime on in-memory adapters in virtual
 * time. After a storm of faults comes calm; then every instance must have ended or be parked, and the
 * journals, the participants' books and your invariants must agree. One seed is one world, every time.
 *
 * @returns what the worlds met
 * @throws SagaError SIMULATION_FAILED with the shortest way to fail that was found; SIMULATION_IDLE
 * @example
 * await simulate({
 *   sagas: [order],
 *   services: () => fakeServices(),
 *   workload: () => [{ saga: "order", input: { orderId: "o-1" } }],
 *   seed: 1,
 *   worlds: 500,
 * });
 */
export async function simulate<const Sagas extends readonly AnySaga[]>(
  options: SimulateOptions<Sagas>,
): Promise<SimulationReport> {
  // The services are handed back to the functions that they were checked against, and to no others.
  const any = options as unknown as AnySimulateOptions;
  const { seed, worlds = 1, demandEvery = false, onProgress } = any;
  const stages = new Stages(any.sagas);
  let report = emptyReport(seed, enabledKinds(any));
  for (let at = 0; at < worlds; at += 1) {
    report = addReports(report, (await playSeed(any, stages, seed + at)).report);
    onProgress?.(report);
  }
  if (demandEvery) assertEveryFaultMet(report);
  return report;
}

/** @throws SagaError SIMULATION_FAILED */
async function playSeed(options: AnySimulateOptions, stages: Stages, seed: number): Promise<PlayedWorld> {
  const world = drawWorld(options, seed);
  const playAgain: PlayAgain = (fate, stories) => playWorld(options, stages.of(world), world, fate, stories);
  const played = await playFirst(options, stages, world, playAgain);
  if (played.wrong.length === 0) return played;
  const taken = played.play.world.faults.length;
  throw failureOf(seed, await findFailure(played, world, playAgain, options.replaysMax ?? 400), taken);
}

function playFirst(
  options: AnySimulateOptions,
  stages: Stages,
  world: DrawnWorld,
  playAgain: PlayAgain,
): Promise<PlayedWorld> {
  const { replay } = options;
  if (replay === undefined) {
    return playWorld(options, stages.of(world), world, new RandomFate(world.random, world.rates));
  }
  return playAgain(new PlannedFate(replay.faults), replay.stories ?? [...world.stories.keys()]);
}
