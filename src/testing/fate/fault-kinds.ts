/** Everything that may happen otherwise than hoped, in the words of reports and counterexamples. */
export const faultKinds = {
  crash: "a worker dies at a fault point",
  sleep: "a worker sleeps at a fault point until others have taken over, and goes on",
  nap: "a worker pauses at a fault point, and goes on before others take over",
  refuses: "a participant says no, and nothing happened",
  fails: "a call fails before its effect",
  failsAfter: "a call fails after its effect",
  hangs: "a call is never answered and has no effect",
  landsLate: "a call is not answered in time, and its effect lands later",
  slow: "a call takes its time, and is answered",
  lost: "an event or a timer's wake never arrives",
  delayed: "an event arrives late, and later ones overtake it",
  lostResponse: "a write or a send takes place, and its answer is lost",
  resent: "a write takes place, its answer is lost, and the client library writes again",
  throttled: "a read, a write or a send is turned away",
  twice: "an event is delivered again after it was acknowledged",
  race: "two workers work one event at the same time",
  skewed: "a worker's clock is off",
  purged: "all lanes are emptied by hand",
  noSweep: "the watchdog does not run",
  twoSweeps: "two watchdogs run at the same time",
  early: "a domain event comes before the start",
  late: "a domain event comes when nobody waits for it any more",
  never: "a domain event does not come",
  again: "a domain event comes twice",
  meanwhile: "a domain event or a command comes while a worker is at it, or in a quiet moment",
} as const;

/** The name of a fault. */
export type FaultKind = keyof typeof faultKinds;

/** A fault at a place; of `meanwhile`, with what comes. */
export type Way = Exclude<FaultKind, "meanwhile"> | `meanwhile ${string}`;

/** What a fault may do to the event that a worker is at, or sends. */
interface Harm {
  /** The worker does not hand over: its event comes again later, or is given up. */
  readonly breaks: boolean;
  /** The event never comes, or comes late. */
  readonly loses: boolean;
}

const breaking: readonly FaultKind[] = ["crash", "lostResponse", "throttled", "sleep"];
const losing: readonly FaultKind[] = ["lost", "delayed", "purged", "sleep"];

/** What a fault of a kind may do to events. */
export function harmOf(kind: FaultKind): Harm {
  return { breaks: breaking.includes(kind), loses: losing.includes(kind) };
}

/** The kind of a way. */
export function kindOf(way: Way): FaultKind {
  return way.startsWith("meanwhile ") ? "meanwhile" : (way as Exclude<Way, `meanwhile ${string}`>);
}
