import { createHash } from "node:crypto";
import type { Play } from "../fate/play.js";
import type { CallRecord } from "../handlers/call-ledger.js";
import { virtualEpoch } from "../virtual-clock.js";

/**
 * What tells two moments apart, but not what comes of them: who wrote, when, and in which words it failed.
 */
const idle = new Set([
  "rev",
  "nonce",
  "sentAt",
  "updatedAt",
  "origin",
  "startedAt",
  "endedAt",
  "at",
  "error",
]);

/**
 * A fingerprint of a quiet moment: two moments with the same one have the same future. Times count from now.
 *
 * @param participants what the participants' own state depends on; without it every call that reached them
 */
export function digest(play: Play, participants: unknown): string {
  const { clock, lanes, timers, ledger } = play.world;
  const now = clock.now();
  const moment = {
    instances: play
      .instances()
      .map(({ row, state }) => [
        row.head,
        row.mail,
        state,
        state.turned?.at,
        row.entries.flatMap(({ n, publish }) => (publish === undefined ? [] : [n])),
      ]),
    letters: play.world.store.rows.map(({ ref, mail }) => [ref, mail.map(({ id }) => id)]),
    lanes: lanes.snapshot(),
    wakes: timers.pending,
    due: clock.pending,
    awaited: play.awaited,
    participants: participants ?? reached(ledger.records),
  };
  const text = JSON.stringify(moment, (key, value: unknown) => {
    if (idle.has(key)) return undefined;
    if (typeof value === "number" && value >= virtualEpoch) return `now${value - now}`;
    // The watchdog names its wakes after a watch time.
    return key === "cause" && typeof value === "string" ? value.replace(/@.*/, "@") : value;
  });
  return createHash("sha1").update(text).digest("base64");
}

/** The calls that reached the participants, as beginnings and endings in their order. */
function reached(records: readonly CallRecord[]): readonly string[] {
  const turns = records.flatMap(({ phase, key, began, ended, came }) => {
    if (came === "none") return [];
    const begin = { at: began, what: `${phase} ${key}` };
    return ended === undefined ? [begin] : [begin, { at: ended, what: `${phase} ${key} ${came}` }];
  });
  return turns.sort((one, other) => one.at - other.at).map(({ what }) => what);
}
