import type { AnySaga } from "../definition/nodes.js";
import { type ChangedVersion, compareLock, type VersionRef } from "./compare-lock.js";
import type { Finding } from "./finding.js";
import { lockFileName } from "./lock-file-name.js";
import type { SagaLock } from "./saga-lock.js";

/**
 * `version-changed`: an instance runs by the shape it was started with; where that is gone, it is parked.
 * `version-gone`: so are the open instances of a version that is not declared any more. `version-unlocked`: a
 * change to a version that is not locked goes unseen.
 */
export function versionFindings(lock: SagaLock, sagas: readonly AnySaga[]): readonly Finding[] {
  const { changed, gone, unlocked } = compareLock(lock, sagas);
  return [...changed.map(changedVersion), ...gone.map(goneVersion), ...unlocked.map(unlockedVersion)];
}

/** The finding about a version that is not what was locked. */
export function changedVersion({ saga, version, changes, next }: ChangedVersion): Finding {
  const problem = `${subjectOf({ saga, version })} is not what was locked: ${changes.join("; ")}.`;
  const fix =
    `Put version "${version}" back and declare the change as version "${next}" beside it; ` +
    "if no instance of it was ever started, run backstep lock --force.";
  return { rule: "version-changed", severity: "error", saga, version, problem, fix };
}

function goneVersion({ saga, version }: VersionRef): Finding {
  const subject = subjectOf({ saga, version });
  const problem = `${subject} is locked and not declared any more: its open instances would be parked.`;
  const fix = "Declare it until its instances have ended; then run backstep lock --prune.";
  return { rule: "version-gone", severity: "warning", saga, version, problem, fix };
}

function unlockedVersion({ saga, version }: VersionRef): Finding {
  const problem = `${subjectOf({ saga, version })} is not in "${lockFileName}": a change to it goes unseen.`;
  const fix = `Run backstep lock and commit "${lockFileName}".`;
  return { rule: "version-unlocked", severity: "warning", saga, version, problem, fix };
}

function subjectOf({ saga, version }: VersionRef): string {
  return `Version "${version}" of the saga "${saga}"`;
}
