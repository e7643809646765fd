import type { AnySaga } from "../definition/nodes.js";
import { compile } from "../plan/compile.js";
import type { Finding, Found, RuleName, Subject } from "./finding.js";
import { irreversibleSteps } from "./irreversible-step.js";
import type { SagaLock } from "./saga-lock.js";
import { endlessRetries, endlessWaits, outlastsDeadline } from "./time-rules.js";
import { unclaimedEvents } from "./unclaimed-event.js";
import { type FindUnguarded, unguardedOutputs } from "./unguarded-output.js";
import { versionFindings } from "./version-rules.js";

/** What linting needs besides the sagas. */
export interface LintMaterial {
  /** What was locked; `emptyLock` where there is no lock file. */
  readonly lock: SagaLock;
  /** Reads JavaScript: a parser is a package, and core has none. */
  readonly findUnguarded: FindUnguarded;
}

type Rule = (subject: Subject, material: LintMaterial) => readonly Found[];

const rules: readonly (readonly [RuleName, Rule])[] = [
  ["unguarded-output", (subject, { findUnguarded }) => unguardedOutputs(subject, findUnguarded)],
  ["endless-wait", endlessWaits],
  ["endless-retry", endlessRetries],
  ["outlasts-deadline", outlastsDeadline],
  ["irreversible-step", irreversibleSteps],
  ["unclaimed-event", unclaimedEvents],
];

/**
 * What will go wrong with these sagas, or looks like it, told without running them.
 * @returns by saga and version, errors first; empty where there is nothing to say
 */
export function lint(sagas: readonly AnySaga[], material: LintMaterial): readonly Finding[] {
  const findings = [
    ...versionFindings(material.lock, sagas),
    ...sagas.flatMap((saga) => lintSaga({ saga, plan: compile(saga) }, material)),
  ];
  return findings.sort(
    (a, b) => a.saga.localeCompare(b.saga) || a.version - b.version || a.severity.localeCompare(b.severity),
  );
}

function lintSaga(subject: Subject, material: LintMaterial): Finding[] {
  const { name, version } = subject.saga;
  return rules.flatMap(([rule, check]) =>
    check(subject, material).map((found) => ({ rule, saga: name, version, ...found })),
  );
}
