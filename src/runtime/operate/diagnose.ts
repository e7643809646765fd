import type { Finding } from "../../core/diagnosis/finding.js";
import { groupOf } from "../../core/envelope.js";
import { isOver } from "../../core/journal/status.js";
import { diagnoseMotion } from "./diagnose-motion.js";
import { diagnoseParked } from "./diagnose-parked.js";
import { diagnoseRetries } from "./diagnose-retries.js";
import { graceMsOf, type InstanceFacts } from "./instance-facts.js";

/** Says why an instance does not go on; the cause that comes first is the one to mend first. */
export function diagnose(facts: InstanceFacts): readonly Finding[] {
  const { state } = facts.instance;
  if (isOver(state)) return [...diagnoseMotion(facts), ...unreadableMessages(facts)];
  const held = state.held === undefined ? [] : [diagnoseHeld(facts, state.held)];
  const parked = diagnoseParked(facts);
  const standsStill = held.length > 0 || parked.length > 0;
  const retired = !standsStill && facts.retired !== undefined ? [retiredVersion(facts, facts.retired)] : [];
  const motion = held.length > 0 || state.parked !== undefined ? [] : diagnoseMotion(facts);
  const unlisted = motion.some(({ cause }) => cause === "unwatched") ? [] : diagnoseIndex(facts);
  return [
    ...held,
    ...parked,
    ...retired,
    ...unlisted,
    ...motion,
    ...diagnoseRetries(facts),
    ...unreadableMessages(facts),
  ];
}

function diagnoseHeld({ instance: { state } }: InstanceFacts, held: "paused" | "shed"): Finding {
  const instance = groupOf(state);
  return {
    cause: "held",
    instance,
    problem: `Somebody has ${held === "shed" ? "set it aside (shed)" : "paused it"}: nothing is called.`,
    fix: "Let it go on, once what it was held for is over.",
    command: held === "shed" ? `replay ${instance}` : `resume ${instance}`,
    isSafe: false,
  };
}

function retiredVersion({ isStage, instance: { state } }: InstanceFacts, retired: string): Finding {
  const { version } = state;
  return {
    cause: "retiredVersion",
    instance: groupOf(state),
    problem: `${retired} Its next event will park it.`,
    fix: `Declare version ${version} again, beside the others${isStage ? ", and deploy it" : ""}.`,
    ...(isStage ? { command: "deploy" } : {}),
    isSafe: false,
  };
}

/** The index follows a head within moments. What it does not have, neither lists nor watchdogs see. */
function diagnoseIndex(facts: InstanceFacts): readonly Finding[] {
  const { now, indexed, instance } = facts;
  const { head, state } = instance;
  if (indexed !== undefined || head.updatedAt + graceMsOf(facts) >= now) return [];
  return [
    {
      cause: "unwatched",
      instance: groupOf(state),
      problem: "The index does not have it: no list shows it, and nobody will look at it again.",
      fix: "Wake it: that puts it back into the index.",
      command: `doctor ${groupOf(state)} --fix`,
      isSafe: true,
    },
  ];
}

function unreadableMessages({ kept, instance: { state } }: InstanceFacts): readonly Finding[] {
  return kept
    .filter(({ kind }) => kind === "unreadable")
    .map(({ id, source, reason }) => ({
      cause: "unreadableMessage",
      instance: groupOf(state),
      problem: `A message of it in "${source}" could not be read and is kept: ${reason}`,
      fix: "Look at it; then drop it, or mend who sent it.",
      command: `quarantine show ${id}`,
      isSafe: false,
    }));
}
