import type { LockComparison, VersionRef } from "../../core/lint/compare-lock.js";
import { lockFileName } from "../../core/lint/lock-file-name.js";
import { SagaError } from "../../errors/saga-error.js";
import type { Style } from "../style.js";
import type { Verb } from "../verb.js";

/** `backstep lock`: writes down the shape of every declared version, so that a later change is seen. */
export const lock: Verb = {
  name: "lock",
  summary: `write the sagas' shapes to ${lockFileName}, so that changes are seen`,
  options: [
    { flags: "--check", meaning: "write nothing, and fail where there is something to write: for CI" },
    { flags: "--prune", meaning: "drop the versions that are not declared any more" },
    { flags: "--force", meaning: "also overwrite a version that has changed, for one that never ran" },
  ],
  examples: ["backstep lock", "backstep lock --check"],
  notes: "A version that has changed since it was locked is left as it is, and the command exits with 4.",
  noStage: "it reads the configuration alone",
  async run(_args, { check, prune, force }, session) {
    const { config } = await session.config();
    const { sagas } = config;
    const { readLockFile } = await import("../lint/lock-file.js");
    const { compareLock, updateLock } = await import("../../core/lint/compare-lock.js");
    const { renderLock } = await import("../../core/lint/saga-lock.js");
    const file = await readLockFile(session.project.root);
    const comparison = compareLock(file.lock, sagas);
    if (comparison.changed.length > 0 && force !== true) throw await changedError(comparison);
    const text = renderLock(updateLock(file.lock, sagas, prune === true));
    const isWritten = text !== file.text;
    if (isWritten && check === true) throw outdatedError(comparison);
    if (isWritten) await file.write(text);
    return answer(comparison, prune === true, isWritten);
  },
};

function answer({ changed, unlocked, gone }: LockComparison, isPruned: boolean, isWritten: boolean) {
  const refs = (all: readonly VersionRef[]) => all.map(({ saga, version }) => ({ saga, version }));
  const parts = {
    locked: refs(unlocked),
    replaced: refs(changed),
    pruned: isPruned ? refs(gone) : [],
    kept: isPruned ? [] : refs(gone),
  };
  const text = ({ colors }: Style) =>
    [
      ...parts.locked.map((ref) => `Locked ${colors.bold(nameOf(ref))}.`),
      ...parts.replaced.map((ref) => `Replaced ${colors.bold(nameOf(ref))}.`),
      ...parts.pruned.map((ref) => `Dropped ${colors.bold(nameOf(ref))}.`),
      ...parts.kept.map((ref) => `Kept ${colors.bold(nameOf(ref))}, which is not declared any more.`),
      isWritten ? `Commit ${lockFileName}.` : `${lockFileName} is up to date.`,
    ].join("\n");
  return { json: { written: isWritten, ...parts }, text };
}

async function changedError({ changed }: LockComparison): Promise<SagaError> {
  const { changedVersion } = await import("../../core/lint/version-rules.js");
  const found = changed.map(changedVersion);
  const problem = found.map((one) => one.problem).join(" ");
  const [first, second] = found;
  // The fix of one change names its versions; for several the catalogue's has to do.
  const fix = first !== undefined && second === undefined ? { fix: first.fix } : {};
  return new SagaError("VERSION_CONFLICT", problem, fix);
}

function outdatedError({ changed, unlocked }: LockComparison): SagaError {
  const names = [...unlocked, ...changed].map(nameOf);
  const what = names.length === 0 ? "is not as backstep lock writes it" : `lacks ${names.join(", ")}`;
  return new SagaError("LOCK_OUTDATED", `The file "${lockFileName}" ${what}.`);
}

function nameOf({ saga, version }: VersionRef): string {
  return `${saga} (version ${version})`;
}
