import type { Mutant } from "../mutant.js";

const outcome = "src/core/decide/outcome.ts";
const advance = "src/core/decide/advance.ts";
const agenda = "src/core/decide/agenda.ts";
const timer = "src/core/decide/timer.ts";
const mail = "src/core/decide/mail.ts";
const walk = "src/core/plan/walk.ts";
const change = "src/core/journal/apply-change.ts";

const mailLook = `\
  const letter = mail.find((one) => isActionable(plan, state, one));
  if (letter !== undefined) return { input: { kind: "mail", mail: letter }, calls: [] };`;

const timerLook = `\
  const timerAt = nextTimer(state);
  if (timerAt <= now) return { input: { kind: "timer", mail }, calls: [] };`;

/** What follows from an outcome. */
const outcomeMutants: readonly Mutant[] = [
  {
    name: "refusal-is-always-clean",
    bug: "A refusal settles a step whose first attempt took effect and then failed.",
    breaks: "G3",
    file: outcome,
    find: "const isClean = isUntouched(activity) && contested !== true;",
    replace: "const isClean = true;",
  },
  {
    name: "interrupted-uses-no-attempt",
    bug: "A call that kills its worker is made again beyond its attempts.",
    breaks: "G2",
    file: outcome,
    find: "if (draft.isForward && hasAttemptsLeft(node.retry, made)) {",
    replace: `if (draft.isForward && (how === "interrupted" || hasAttemptsLeft(node.retry, made))) {`,
  },
  {
    name: "retry-budget-ignored",
    bug: "A call that fails is made again beyond its attempts.",
    breaks: "G2",
    file: "src/core/retry.ts",
    find: "return retry.attempts === null || made < retry.attempts;",
    replace: "return made > 0;",
  },
  {
    name: "probe-unknown-is-absent",
    bug: "A probe that answers unknown settles the pivot as refused: it happened, and all else is undone.",
    breaks: "G3",
    file: outcome,
    find: `if (outcome.kind === "absent") return`,
    replace: `if (outcome.kind === "absent" || outcome.kind === "unknown") return`,
  },
  {
    name: "settled-step-settles-again",
    bug: "A worker that wakes late settles once more what another has settled.",
    breaks: "G1",
    file: outcome,
    find: `const isOpen = record.settled === undefined || record.settled === "unknown";`,
    replace: "const isOpen = true;",
    also: [
      {
        file: change,
        find: `if (known.settled !== undefined && known.settled !== "unknown") {`,
        replace: "if (known.startedAt < 0) {",
      },
    ],
  },
  {
    name: "exhausted-undo-counts-as-done",
    bug: "A compensation whose attempts ran out is journalled as compensated, not parked.",
    breaks: "G3",
    file: outcome,
    find: `return draft.park(key, "attemptsExhausted", message, last, how !== "failed");`,
    replace: `return draft.add({ kind: "undone", step: key, as: "compensated" });`,
  },
  {
    name: "at-most-once-is-not-announced",
    bug: "An atMostOnce call leaves no mark before it is made: its worker dies, and it is made again.",
    breaks: "G2",
    file: agenda,
    find: "announce: isForwardRun && isStep && node.atMostOnce && activity.begun !== true,",
    replace: "announce: false,",
  },
  {
    name: "retries-at-once",
    bug: "A retry does not wait for its pause.",
    breaks: "G6",
    file: agenda,
    find: ".filter(([, { dueAt }]) => dueAt === undefined || dueAt <= now)",
    replace: "",
  },
];

/** The way back. */
const backwardMutants: readonly Mutant[] = [
  {
    name: "undo-in-start-order",
    bug: "What started first is undone first.",
    breaks: "G4",
    file: advance,
    find: "for (const step of draft.state.order.toReversed()) {",
    replace: "for (const step of draft.state.order) {",
  },
  {
    name: "undo-in-completion-order",
    bug: "What was done last is undone first, though its sibling in a parallel started later.",
    breaks: "G4",
    file: advance,
    find: "for (const step of draft.state.order.toReversed()) {",
    replace: `\
  const endOf = (step: string) => draft.state.steps[step]?.endedAt ?? 0;
  for (const step of draft.state.order.toReversed().sort((one, other) => endOf(other) - endOf(one))) {`,
  },
  {
    name: "unknown-is-not-undone",
    bug: "A step whose outcome is unknown is not compensated: it took effect and then failed.",
    breaks: "G3",
    file: advance,
    find: `if (settled !== "done" && settled !== "unknown") return false;`,
    replace: `if (settled !== "done") return false;`,
  },
  {
    name: "undo-beside-a-running-step",
    bug: "The way back begins while a sibling is still being called.",
    breaks: "G4",
    file: advance,
    find: `if (Object.values(draft.state.open).some(({ phase }) => phase !== "late")) return;`,
    replace: "",
  },
  {
    name: "undo-does-not-wait",
    bug: "An undo overtakes a call without an answer, which lands after it where nobody guards the key.",
    breaks: "G5",
    file: advance,
    find: "const wait = unanswered === true && safeAt > draft.now ? { dueAt: safeAt } : {};",
    replace: "const wait = {};",
  },
  {
    name: "cancel-ignores-a-running-step",
    bug: "Turning back settles a call that is under way as refused; it lands, and nobody undoes it.",
    breaks: "G3",
    file: "src/core/decide/draft.ts",
    find: "if (!isPure && !isWaiting && activity.parked === undefined) return;",
    replace: "",
  },
  {
    name: "cancel-after-the-pivot",
    bug: "A cancel is accepted when the pivot has started.",
    breaks: "G3",
    file: "src/core/decide/commands.ts",
    find: `\
  if (pivotStarted(plan, state)) {
    const problem = \`cannot be cancelled`,
    replace: `\
  if (state.at < 0) {
    const problem = \`cannot be cancelled`,
  },
  {
    name: "pivot-under-way-counts-as-not-started",
    bug: "Cancel and deadline turn back an instance whose pivot is being called, and then succeeds.",
    breaks: "G3",
    file: walk,
    find: `return record !== undefined && record.settled !== "refused";`,
    replace: `return record?.settled === "done";`,
  },
  {
    name: "deadline-after-the-pivot-compensates",
    bug: "A deadline that passes after the pivot turns the instance back instead of parking it.",
    breaks: "G3",
    file: timer,
    find: "if (!pivotStarted(draft.plan, draft.state))",
    replace: "if (draft.isForward)",
  },
];

/** Waits, timers, mail. */
const waitMutants: readonly Mutant[] = [
  {
    name: "timer-fires-early",
    bug: "A timer fires up to a minute early if anything wakes the instance then.",
    breaks: "G6",
    file: timer,
    find: "dueAt !== undefined && dueAt <= now;",
    replace: "dueAt !== undefined && dueAt <= now + 60_000;",
    also: [
      {
        file: agenda,
        find: "if (timerAt <= now)",
        replace: "if (timerAt <= now + 60_000)",
      },
    ],
  },
  {
    name: "timeout-beats-mail-in-time",
    bug: "A timer is looked at before the mailbox: it beats mail that came in time and whose wake was lost.",
    breaks: "G7",
    file: agenda,
    find: `${mailLook}\n${timerLook}`,
    replace: `${timerLook}\n${mailLook}`,
    also: [
      {
        file: timer,
        find: " || hasMail(draft.plan, draft.state, step, mail)",
        replace: "",
      },
    ],
  },
  {
    name: "timer-fires-over-an-old-mailbox",
    bug: "A worker that was busy beside a wait fires its timer without reading the mailbox again.",
    breaks: "G7",
    file: "src/runtime/instance-run.ts",
    find: `return seen.input?.kind === "timer" && hasWaits(plan) ? writer.lookForMail().then(look) : seen;`,
    replace: "return seen;",
  },
  {
    name: "late-event-is-dropped",
    bug: "A domain event that no wait can take any more is given to nobody.",
    breaks: "G7",
    file: mail,
    find: `return late === undefined ? { kind: "unclaimed" } : { kind: "late", step: late.name };`,
    replace: `return { kind: "unclaimed" };`,
  },
  {
    name: "early-mail-counts-as-late",
    bug: "A domain event that comes before its wait is given to onLate, and the wait times out.",
    breaks: "G7",
    file: mail,
    find: `if (waits.length > 0) return { kind: "early" };`,
    replace: "",
  },
  {
    name: "mail-is-taken-twice",
    bug: "The journal forgets which domain event a wait took: onLate gets it as well.",
    breaks: "G1",
    file: change,
    find: "if (change.mail !== undefined) take(draft, change.mail, step);",
    replace: "",
  },
  {
    name: "parallel-ends-with-its-first-branch",
    bug: "A saga goes on, and ends, when one branch is done and another is still being called.",
    breaks: "G3",
    file: walk,
    find: "return passed.every(Boolean);",
    replace: "return passed.some(Boolean);",
  },
];

/** The decisions go wrong. */
export const decideMutants: readonly Mutant[] = [...outcomeMutants, ...backwardMutants, ...waitMutants];
