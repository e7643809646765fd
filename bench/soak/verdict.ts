import { type Row, rowOf } from "../report.js";
import type { AcceptedFile } from "./accepted-file.js";
import { describeSlope, rowsOfCurve, type Sample, slopesOf } from "./curve.js";

/** What became of a soak. */
export interface Verdict {
  readonly isGood: boolean;
  /** Whether it lasted long enough to tell what grows. */
  readonly isJudged: boolean;
  readonly lines: readonly string[];
  readonly rows: readonly Row[];
}

/** What is known at the end of a soak. */
export interface Evidence {
  readonly samples: readonly Sample[];
  /** When the engine began that was not killed any more, seconds. */
  readonly lastEngineAt: number;
  readonly accepted: AcceptedFile;
  /** What went wrong, in sentences. */
  readonly wrong: readonly string[];
  readonly kills: number;
}

/** Good is: every accepted instance was seen to end as it must, and nothing grows. */
export function judge({ samples, lastEngineAt, accepted: book, wrong, kills }: Evidence): Verdict {
  const { accepted, lost } = book.count();
  const slopes = slopesOf(samples, lastEngineAt);
  const isGood = lost.length === 0 && wrong.length === 0 && slopes.every(({ isGrowing }) => !isGrowing);
  const ended = accepted - lost.length;
  const lines = [
    `${accepted} accepted, ${ended} ended as they must, ${lost.length} did not; ${kills} kills`,
    ...wrong.slice(0, 10),
    ...(slopes.length === 0 ? ["Too short to tell what grows."] : slopes.map(describeSlope)),
    isGood ? "Nothing is wrong." : "The soak has failed.",
  ];
  const rows = [
    rowOf("soak.accepted", "instances", [accepted]),
    rowOf("soak.lost", "instances", [lost.length]),
    rowOf("soak.kills", "kills", [kills]),
    ...rowsOfCurve(samples),
    ...slopes.map(({ name, rise, mean }) => rowOf(`soak.${name}.riseOverMean`, "x", [rise / mean])),
  ];
  return { isGood, isJudged: slopes.length > 0, lines, rows };
}
