import { medianOf, type Row, rowOf } from "../report.js";

/** One point of the curve. */
export interface Sample {
  /** Since the load began. */
  readonly seconds: number;
  /** Starts that were accepted a second, since the point before. */
  readonly rate: number;
  readonly p50Ms: number;
  /**
   * Of the engine that worked then: the least since the point before, for garbage is not growth. Infinite
   * where none did.
   */
  readonly rssMb: number;
  readonly heapMb: number;
  readonly fileMb: number;
  readonly walMb: number;
  /** Accepted and not seen to have ended. */
  readonly open: number;
  readonly kills: number;
}

/** What must stay flat. */
const judged = {
  rssMb: { what: "resident memory", unit: "MB", floor: 8 },
  heapMb: { what: "heap", unit: "MB", floor: 4 },
  fileMb: { what: "file", unit: "MB", floor: 2 },
  walMb: { what: "write-ahead log", unit: "MB", floor: 4 },
  open: { what: "open instances", unit: "", floor: 100 },
} as const satisfies Partial<Record<keyof Sample, object>>;

type Judged = keyof typeof judged;

/** Growth by more than this share of the mean is growth; unless it is less than the quantity's floor. */
const growthShareMax = 0.05;

/** With fewer points nothing is said about growth. */
const pointsMin = 6;

/** How a quantity went over the points that are judged. */
export interface Slope {
  readonly name: Judged;
  readonly mean: number;
  /** How much the fitted line rises from the first to the last point; negative where it falls. */
  readonly rise: number;
  readonly isGrowing: boolean;
}

/**
 * Fits a line (least squares) through each quantity over the second half, and through memory over the points
 * of the last engine alone, its first quarter left out: nobody else lives long enough to grow.
 * @param lastEngineAt seconds since the load began
 * @returns nothing where there are too few points
 */
export function slopesOf(samples: readonly Sample[], lastEngineAt: number): readonly Slope[] {
  const end = samples.at(-1)?.seconds ?? 0;
  const settledAt = lastEngineAt + (end - lastEngineAt) / 4;
  return (Object.keys(judged) as Judged[]).flatMap((name) => {
    const isMemory = name === "rssMb" || name === "heapMb";
    const from = isMemory ? Math.max(settledAt, end / 2) : end / 2;
    const points = samples.filter((sample) => sample.seconds > from && Number.isFinite(sample[name]));
    return points.length < pointsMin ? [] : [slopeOf(name, points)];
  });
}

function slopeOf(name: Judged, points: readonly Sample[]): Slope {
  const xs = points.map(({ seconds }) => seconds);
  const ys = points.map((point) => point[name]);
  const [xMean, mean] = [meanOf(xs), meanOf(ys)];
  const covariance = meanOf(xs.map((x, at) => (x - xMean) * ((ys[at] ?? mean) - mean)));
  const variance = meanOf(xs.map((x) => (x - xMean) ** 2));
  const rise = (covariance / variance) * ((xs.at(-1) ?? 0) - (xs[0] ?? 0));
  const isGrowing = rise > Math.max(growthShareMax * mean, judged[name].floor);
  return { name, mean, rise, isGrowing };
}

function meanOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

/** A slope in words. */
export function describeSlope({ name, mean, rise, isGrowing }: Slope): string {
  const { what, unit } = judged[name];
  const change = `${rise < 0 ? "" : "+"}${rise.toFixed(1)} ${unit}`.trim();
  return `${isGrowing ? "GROWS" : "flat "}  ${what}: mean ${mean.toFixed(1)} ${unit}, line ${change}`;
}

const bars = "▁▂▃▄▅▆▇█";

/** Every quantity as a line of bars, from zero to its highest, at most `width` wide. */
export function plot(samples: readonly Sample[], width = 72): string {
  const names = ["rate", "p50Ms", ...Object.keys(judged)] as (keyof Sample)[];
  return names
    .map((name) => {
      const values = inColumns(samples.map((sample) => sample[name]).filter(Number.isFinite), width);
      const top = Math.max(...values, Number.MIN_VALUE);
      const drawn = values.map((value) => bars[Math.min(7, Math.floor((8 * value) / top))]).join("");
      return `${name.padEnd(7)} ${drawn}  0 … ${top.toFixed(1)}`;
    })
    .join("\n");
}

/** The medians of as many equal parts as there are columns. */
function inColumns(values: readonly number[], width: number): readonly number[] {
  const columns = Math.min(width, values.length);
  return Array.from({ length: columns }, (_, column) => {
    const part = (edge: number) => Math.floor((edge * values.length) / columns);
    return medianOf(values.slice(part(column), part(column + 1)));
  });
}

/** The curve as rows of a report: a run is a point. */
export function rowsOfCurve(samples: readonly Sample[]): readonly Row[] {
  const units: readonly [keyof Sample, string, string][] = [
    ["rate", "startsPerSecond", "1/s"],
    ["p50Ms", "p50Ms", "ms"],
    ["rssMb", "rssMb", "MB"],
    ["heapMb", "heapMb", "MB"],
    ["fileMb", "fileMb", "MB"],
    ["walMb", "walMb", "MB"],
    ["open", "open", "instances"],
  ];
  return units.map(([key, name, unit]) => {
    return rowOf(`soak.${name}`, unit, samples.map((sample) => sample[key]).filter(Number.isFinite));
  });
}
