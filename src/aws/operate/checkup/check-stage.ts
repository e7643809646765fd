import type { Checkup } from "../../../core/diagnosis/finding.js";
import type { Clock } from "../../../ports/clock.js";
import type { OperatorStore } from "../../../ports/operator-store.js";
import type { WatchIndex } from "../../../ports/watch-index.js";
import { saidOf } from "../said-of.js";
import type { StageShape } from "../stage-shape.js";
import type { StageTools } from "../stage-tools.js";
import {
  failureLook,
  feedLook,
  functionLook,
  recursionLook,
  rightsLook,
  throttleLook,
} from "./function-looks.js";
import { takeLooks } from "./look.js";
import { quarantineLook, watchdogLook } from "./record-looks.js";
import { queueLook, stackLook, tableLook } from "./resource-looks.js";

/** What a checkup of a stage looks through. */
export interface StageToCheck {
  readonly stack: string;
  readonly stage: string;
  /** Where AWS answers; `undefined`: where the SDK finds it. */
  readonly endpoint: string | undefined;
  readonly tools: StageTools;
  readonly records: Pick<OperatorStore, "kept">;
  readonly index: Pick<WatchIndex, "shards" | "mark">;
  readonly clock: Pick<Clock, "now">;
  /** The name of the watchdog's function. */
  readonly watchdog: string;
  /** What the stage must have: by a configuration, else by its stack. */
  shape(): Promise<StageShape>;
}

/** Looks whether a stage is as its deployment made it, and works. Changes nothing. */
export async function checkStage(stage: StageToCheck): Promise<Checkup> {
  const { records, index, clock, watchdog, endpoint } = stage;
  const own = [
    stackLook(stage),
    tableLook(stage),
    quarantineLook(records),
    watchdogLook(index, clock, watchdog),
  ];
  const skipped: string[] = [];
  const shape = await stage.shape().catch((error: unknown) => {
    skipped.push(`Nobody can tell which queues and functions there must be: ${saidOf(error)}`);
    return undefined;
  });
  if (shape === undefined) return joined(await takeLooks(own), skipped);
  if (shape.functions.every(({ rights }) => rights === undefined)) skipped.push(noConfig);
  const at = { ...stage, shape };
  const ofShape = [
    queueLook(at),
    functionLook(at),
    feedLook(at),
    recursionLook(at, endpoint),
    rightsLook(at),
    throttleLook(at, clock),
    failureLook(at, clock),
  ];
  return joined(await takeLooks([...own, ...ofShape]), skipped);
}

const noConfig =
  "What roles allow, and whether something is missing, is not known without the configuration of the stage.";

function joined({ findings, skipped }: Checkup, more: readonly string[]): Checkup {
  return { findings, skipped: [...more, ...skipped] };
}
