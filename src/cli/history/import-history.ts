import type { Actor, JournalEntry, PublishedEvent } from "../../core/journal/entry.js";
import { evolve, fold } from "../../core/journal/evolve.js";
import type { InstanceState } from "../../core/journal/state.js";
import { isOver } from "../../core/journal/status.js";
import { canonicalJson, type Json } from "../../core/json.js";
import { SagaError } from "../../errors/saga-error.js";
import type { Head, InstanceRef, SagaStore } from "../../ports/saga-store.js";
import { projectionOf } from "../../runtime/events.js";
import { begunImport, isBegunImport } from "../../runtime/operate/begun-import.js";
import type { History } from "../../testing/history/history.js";

/** Who imports, and when. */
export interface Importing {
  readonly actor: Actor;
  readonly reason: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Takes note of what was published elsewhere, so that it is not missed here. Default: nobody keeps it. */
  readonly keepPublished?: (ref: InstanceRef, events: readonly PublishedEvent[]) => Promise<void>;
}

/** How far an import of a history has come: not begun, begun by one that died, or done. */
export type Standing = "new" | "begun" | "there";

/** What importing a history came to. */
export interface Imported {
  /** False where it was there already. */
  readonly isNew: boolean;
  /** Whether it has not ended, and stands still until somebody resumes it. */
  readonly isHeld: boolean;
}

/**
 * Says what a store has of a history.
 * @throws SagaError START_CONFLICT where it has another instance of that name
 */
export async function standingOf(store: SagaStore, { origin, entries }: History): Promise<Standing> {
  const loaded = await store.load(origin);
  if (loaded === undefined) return "new";
  const { head, entries: known } = loaded;
  const isSame = canonicalJson(head.origin as unknown as Json) === canonicalJson(origin as unknown as Json);
  const isOurs = known.every(({ n, nonce }) => n > entries.length || entries[n - 1]?.nonce === nonce);
  if (!isSame || !isOurs) throw conflict(origin);
  if (isBegunImport(head)) return "begun";
  if (known.length < entries.length) throw conflict(origin);
  return "there";
}

/**
 * Puts a history into a store as an instance of its own. Nothing of it runs: what has not ended is paused, by
 * an entry that says who imported it. Safe to repeat, also after it was killed; what is there stays.
 * @throws SagaError START_CONFLICT, EVENT_CONFLICT, JOURNAL_CORRUPT
 */
export async function importHistory(
  store: SagaStore,
  history: History,
  importing: Importing,
): Promise<Imported> {
  const { origin, entries, mail } = history;
  const state = fold(origin, entries);
  const isHeld = !isOver(state);
  if ((await standingOf(store, history)) === "there") return { isNew: false, isHeld };
  // Before there is a head a domain event wakes nobody.
  for (const letter of mail) {
    if ((await store.putMail(origin, letter)) === "conflict") throw eventConflict(letter.id);
  }
  const published = entries.flatMap(({ publish = [] }) => publish);
  await importing.keepPublished?.(origin, published);
  const { head } = await store.create({ origin, ...begunImport, updatedAt: importing.now });
  if (!isBegunImport(head)) throw conflict(origin);
  const written = await Promise.all(entries.map((entry) => store.append(origin, entry)));
  if (written.includes("lost")) throw conflict(origin);
  if (!(await close(store, head, state, importing))) throw conflict(origin);
  return { isNew: true, isHeld };
}

/**
 * Writes what the head says of the whole journal; what has not ended is paused with it.
 * @returns false if somebody has come between
 */
async function close(
  store: SagaStore,
  { origin, rev }: Head,
  state: InstanceState,
  { actor, reason, now }: Importing,
): Promise<boolean> {
  const project = (after: InstanceState) => ({ ...projectionOf(after, after.n, undefined), updatedAt: now });
  if (isOver(state)) {
    return (await store.updateHead(origin, rev, project(state))) === "updated";
  }
  const pause: JournalEntry = {
    n: state.n + 1,
    at: Math.max(now, state.at),
    nonce: `import/${origin.startedAt}/${now}`,
    cause: { kind: "command", command: "pause", commandId: `import/${now}`, actor, reason },
    changes: [
      ...(state.held === undefined ? [{ kind: "held", as: "paused" } as const] : []),
      ...idle(state).map((key) => ({ kind: "deferred", key }) as const),
    ],
  };
  return (await store.appendWatched(origin, pause, rev, project(evolve(state, pause)))) === "appended";
}

/** The calls that were under way elsewhere. Here nobody has begun them: they are made when it goes on. */
function idle({ open }: InstanceState): readonly string[] {
  return Object.entries(open)
    .filter(([, { phase, parked, begun: isBegun }]) => phase !== "wait" && parked === undefined && !isBegun)
    .map(([key]) => key);
}

function conflict({ saga, id }: { readonly saga: string; readonly id: string }): SagaError {
  return new SagaError("START_CONFLICT", `There is another instance "${saga}/${id}" in the store.`, {
    fix: "Import into another store: --store other.db.",
    details: { saga, id },
  });
}

function eventConflict(eventId: string): SagaError {
  const problem = `The domain event "${eventId}" is in the store with another payload.`;
  return new SagaError("EVENT_CONFLICT", problem, {
    fix: "Import into another store: --store other.db.",
    details: { eventId },
  });
}
