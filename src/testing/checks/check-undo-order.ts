import { type Case, violation } from "./case.js";
import type { Violation } from "./evidence.js";
import { keyOf, type Life, needsUndo } from "./life.js";

/** G4: a step's compensation does not start before every later-started step is settled. */
export function checkUndoOrder(one: Case): readonly Violation[] {
  const { lives } = one.trace;
  const pairs = lives.flatMap((life, at) => lives.slice(at + 1).map((later) => [life, later] as const));
  const broken = pairs.flatMap(([life, later]) => {
    const where = journalOrder(life, later) ?? callOrder(one, life, later);
    return where === undefined ? [] : [`The undo of "${life.step}" began before "${later.step}" ${where}.`];
  });
  return broken.map((message) => violation("G4", one, message));
}

function journalOrder({ undo }: Life, later: Life): string | undefined {
  if (undo === undefined || later.started.p > undo.p || (later.aside?.p ?? undo.p) < undo.p) return undefined;
  const outcome = later.settled.findLast(({ p }) => p < undo.p);
  if (later.undone !== undefined && later.undone.p < undo.p) return undefined;
  if (outcome === undefined) return "was settled";
  // A replay undoes only what it runs again, but one at a time, too.
  const isUnderWay = later.undo !== undefined && later.undo.p < undo.p;
  const isOwed = !undo.partly && needsUndo(later, outcome);
  return isUnderWay || isOwed ? "was undone" : undefined;
}

function callOrder({ calls }: Case, life: Life, later: Life): string | undefined {
  if (later.undo === undefined || later.undone?.as !== "compensated") return undefined;
  if (later.undone.reason === "resolved" || (life.undo?.p ?? 0) < later.undone.p) return undefined;
  const undoCalls = (of: Life) => calls.filter(({ key }) => key === `${keyOf(of)}!undo`);
  const done = undoCalls(later).filter(({ came }) => came === "done");
  const firstDone = Math.min(...done.map(({ ended = 0 }) => ended));
  const first = undoCalls(life)[0];
  if (first === undefined || done.length === 0 || first.began > firstDone) return undefined;
  return "was undone by its participant";
}
