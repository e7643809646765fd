import { fillStore } from "./measures/fill-store.js";
import { measureBulk } from "./measures/measure-bulk.js";
import { measureCore } from "./measures/measure-core.js";
import { measureEmbedded } from "./measures/measure-embedded.js";
import { measureList } from "./measures/measure-list.js";
import { measureSingle } from "./measures/measure-single.js";
import { measureCommit, measureStore } from "./measures/measure-store.js";
import { measureWaiting } from "./measures/measure-waiting.js";

/** Every run that is made in a fresh process, by the name under which the process is asked for it. */
export const measures = {
  core: measureCore,
  store: measureStore,
  commit: measureCommit,
  embedded: measureEmbedded,
  single: measureSingle,
  waiting: measureWaiting,
  fill: fillStore,
  list: measureList,
  bulk: measureBulk,
} as const;

/** The name of a run. */
export type MeasureName = keyof typeof measures;

/** What a run is told. It travels as JSON. */
export type OptionsOf<Name extends MeasureName> = Parameters<(typeof measures)[Name]>[0];

/** What a run gives. */
export type Figures<Name extends MeasureName> = Awaited<ReturnType<(typeof measures)[Name]>>;
