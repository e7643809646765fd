import { applyChange, applyCommandId } from "./apply-change.js";
import { corruption } from "./corruption.js";
import type { JournalEntry, Origin } from "./entry.js";
import type { InstanceState } from "./state.js";
import { draftOf, type StateDraft } from "./state-draft.js";

type Applicable = Omit<JournalEntry, "nonce" | "lane">;

/** The state that a start leaves: entry 0 applied. */
export function begin(origin: Origin): InstanceState {
  return fold(origin, []);
}

/**
 * The state after one more entry. Needs no plan: entries say what is so, not what was asked.
 * @throws SagaError JOURNAL_CORRUPT if the entry is not the next one or contradicts the state
 */
export function evolve(state: InstanceState, entry: Applicable): InstanceState {
  const draft = draftOf(state);
  applyEntry(draft, entry);
  return draft;
}

/**
 * The fold of a journal.
 * @throws SagaError JOURNAL_CORRUPT if an entry is not the next one or contradicts those before
 */
export function fold(origin: Origin, entries: readonly JournalEntry[]): InstanceState {
  const { saga, id, version, fingerprint, input, startedAt, deadlineAt } = origin;
  const draft: StateDraft = {
    saga,
    id,
    version,
    fingerprint,
    input,
    startedAt,
    ...(deadlineAt === undefined ? {} : { deadlineAt }),
    n: 0,
    at: startedAt,
    direction: "forward",
    steps: {},
    order: [],
    open: {},
    epochs: {},
    taken: {},
    commands: {},
  };
  for (const change of origin.changes) applyChange(draft, change);
  for (const entry of entries) applyEntry(draft, entry);
  return draft;
}

function applyEntry(draft: StateDraft, { n, at, cause, changes }: Applicable): void {
  if (n !== draft.n + 1) throw corruption(draft, `has entry ${n} where ${draft.n + 1} is next`);
  draft.n = n;
  draft.at = at;
  const { command, commandId } = cause;
  if (command !== undefined && commandId !== undefined) applyCommandId(draft, commandId);
  for (const change of changes) applyChange(draft, change);
}
