import type { Checkup, Finding } from "../../core/diagnosis/finding.js";
import type { LocalSagaStore } from "../local-saga-store.js";

/** Whether anything in the file is an engine's to do. Parameter: now. */
const somethingWaits = `
  SELECT EXISTS (SELECT 1 FROM backstep_wakes) OR EXISTS (SELECT 1 FROM backstep_taken)
    OR EXISTS (SELECT 1 FROM backstep_awake)
    OR EXISTS (SELECT 1 FROM backstep_mail WHERE unseen = 1)
    OR EXISTS (SELECT 1 FROM backstep_published WHERE undelivered = 1)
    OR EXISTS (SELECT 1 FROM backstep_instances WHERE watch_at IS NOT NULL
      AND (watch_at <= ? OR status IN ('running', 'compensating')))`;

const unreadable = `
  SELECT count(*) FROM backstep_quarantine
  WHERE 'q-' || seq NOT IN (SELECT message FROM backstep_done)`;

/** Looks whether what was accepted is worked, and whether all of it could be read. */
export function checkStore(
  store: LocalSagaStore,
  { hasEngine, now }: { readonly hasEngine: boolean; readonly now: number },
): Checkup {
  const findings: Finding[] = [];
  if (!hasEngine && store.reading(somethingWaits).row([now])?.[0] === 1) findings.push(noEngine);
  const kept = Number(store.reading(unreadable).row([])?.[0]);
  if (kept > 0) findings.push(unreadableMessages(kept));
  return { findings, skipped: [] };
}

const noEngine: Finding = {
  cause: "noEngine",
  problem: "Instances could go on, and no engine works the store.",
  fix: "Run an engine.",
  command: "dev",
  isSafe: false,
};

function unreadableMessages(count: number): Finding {
  return {
    cause: "unreadableMessage",
    problem: `Messages that nobody could read: ${count}.`,
    fix: "Look at them, and drop each or send it again.",
    command: "quarantine list",
    isSafe: false,
  };
}
