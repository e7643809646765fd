import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { AcceptedFile } from "../../../bench/soak/accepted-file.js";
import { plot, type Sample, slopesOf } from "../../../bench/soak/curve.js";
import { planOf } from "../../../bench/soak/sagas.js";

const flat: Sample = {
  seconds: 0,
  rate: 300,
  p50Ms: 20,
  rssMb: 100,
  heapMb: 15,
  fileMb: 20,
  walMb: 16,
  open: 500,
  kills: 0,
};

/** A point every ten seconds, of which `change` says what is not flat. */
function curveOf(points: number, change: (at: number) => Partial<Sample>): Sample[] {
  return Array.from({ length: points }, (_, at) => ({ ...flat, seconds: 10 * (at + 1), ...change(at) }));
}

const growing = (samples: readonly Sample[], lastEngineAt = 0) =>
  slopesOf(samples, lastEngineAt)
    .filter(({ isGrowing }) => isGrowing)
    .map(({ name }) => name);

describe("the verdict over a curve", () => {
  it("tells a file that grows by more than its floor and a twentieth", () => {
    expect(growing(curveOf(60, (at) => ({ fileMb: 20 + 0.1 * at })))).toEqual(["fileMb"]);
  });

  it("takes a quantity that goes up and down for flat", () => {
    expect(growing(curveOf(60, (at) => ({ open: 500 + 100 * (at % 2), fileMb: 20 + (at % 3) })))).toEqual([]);
  });

  it("leaves out what grew in the first half", () => {
    expect(growing(curveOf(60, (at) => ({ fileMb: Math.min(at, 20) })))).toEqual([]);
  });

  it("judges memory by the last engine, without its first quarter", () => {
    const samples = curveOf(60, (at) => ({ rssMb: at < 45 ? 2 * at : 90 }));
    expect(growing(samples, 400)).toEqual([]);
    expect(growing(samples, 0)).toEqual(["rssMb"]);
  });

  it("leaves out points at which no engine worked", () => {
    const samples = curveOf(60, (at) => ({ rssMb: at === 50 ? Number.POSITIVE_INFINITY : 100 }));
    expect(slopesOf(samples, 0).map(({ rise }) => rise)).toEqual([0, 0, 0, 0, 0]);
  });

  it("says nothing with too few points", () => {
    expect(
      slopesOf(
        curveOf(10, () => ({})),
        0,
      ),
    ).toEqual([]);
  });
});

describe("the curve", () => {
  it("is drawn from zero, in at most so many columns", () => {
    const samples = curveOf(8, (at) => ({ open: at }));
    const [line] = plot(samples, 4).split("\n").slice(-1);
    expect(line).toBe("open    ▁▄▆█  0 … 6.5");
  });
});

describe("the file of what was accepted", () => {
  it("names what was not seen to end", () => {
    const folder = mkdtempSync(join(tmpdir(), "backstep-accepted-"));
    const file = new AcceptedFile(join(folder, "accepted.txt"));
    for (const name of ["trip/1", "trip/2", "trip/3"]) file.accepted(name);
    file.ended("trip/3");
    file.flush();
    file.ended("trip/1");
    expect(file.count()).toEqual({ accepted: 3, lost: ["trip/2"] });
    rmSync(folder, { recursive: true });
  });
});

describe("the load of a soak", () => {
  it("has every ending, and a delivery for each parcel", () => {
    const plans = Array.from({ length: 100 }, (_, n) => planOf(n));
    const names = plans.map(({ saga, id }) => `${saga}/${id}`);
    expect(new Set(names).size).toBe(100);
    expect(new Set(plans.map(({ saga, end }) => `${saga} ${end}`))).toEqual(
      new Set([
        "trip completed",
        "trip compensated",
        "bill completed",
        "bill compensated",
        "parcel completed",
        "delivery completed",
      ]),
    );
    const idsOf = (saga: string) => plans.filter((plan) => plan.saga === saga).map(({ id }) => id);
    expect(idsOf("delivery")).toEqual(idsOf("parcel"));
  });
});
