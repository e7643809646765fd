import type { AnySaga } from "../definition/nodes.js";
import { describeShapeChange } from "./describe-shape-change.js";
import { type LockedVersion, lockVersion, type SagaLock } from "./saga-lock.js";

/** One version of a saga. */
export interface VersionRef {
  readonly saga: string;
  readonly version: number;
}

/** A version that is not what was locked. */
export interface ChangedVersion extends VersionRef {
  /** What differs, in words; never empty. */
  readonly changes: readonly string[];
  /** The version that the change should have: one more than any declared or locked. */
  readonly next: number;
}

/** How the declared sagas differ from the locked ones. */
export interface LockComparison {
  readonly changed: readonly ChangedVersion[];
  /** Declared, and not locked yet. */
  readonly unlocked: readonly VersionRef[];
  /** Locked, and not declared any more. */
  readonly gone: readonly VersionRef[];
}

/** Compares the declared sagas with the lock. */
export function compareLock(lock: SagaLock, sagas: readonly AnySaga[]): LockComparison {
  const lockedRefs = refsOf(lock);
  const declared = sagas.map((saga) => ({ saga, locked: lockedOf(lock, saga) }));
  const changed = declared.flatMap(({ saga, locked }): ChangedVersion[] => {
    if (locked === undefined) return [];
    const now = lockVersion(saga);
    if (now.fingerprint === locked.fingerprint) return [];
    const versions = [...sagas.map(({ name, version }) => ({ saga: name, version })), ...lockedRefs]
      .filter((ref) => ref.saga === saga.name)
      .map(({ version }) => version);
    const changes = describeShapeChange(locked, now);
    return [{ saga: saga.name, version: saga.version, changes, next: Math.max(...versions) + 1 }];
  });
  const unlocked = declared
    .filter(({ locked }) => locked === undefined)
    .map(({ saga: { name, version } }) => ({ saga: name, version }));
  const gone = lockedRefs.filter(
    (ref) => !sagas.some(({ name, version }) => name === ref.saga && version === ref.version),
  );
  return { changed, unlocked, gone };
}

/**
 * The lock with every declared version as it is now.
 * @param prune whether versions that are not declared any more are left out
 */
export function updateLock(lock: SagaLock, sagas: readonly AnySaga[], prune: boolean): SagaLock {
  const versions: Record<string, Record<string, LockedVersion>> = prune
    ? {}
    : Object.fromEntries(Object.entries(lock.sagas).map(([name, locked]) => [name, { ...locked }]));
  for (const saga of sagas) {
    versions[saga.name] = { ...versions[saga.name], [saga.version]: lockVersion(saga) };
  }
  return { version: 1, sagas: versions };
}

function lockedOf(lock: SagaLock, { name, version }: AnySaga): LockedVersion | undefined {
  return lock.sagas[name]?.[version];
}

function refsOf(lock: SagaLock): readonly VersionRef[] {
  return Object.entries(lock.sagas).flatMap(([saga, versions]) =>
    Object.keys(versions).map((version) => ({ saga, version: Number(version) })),
  );
}
