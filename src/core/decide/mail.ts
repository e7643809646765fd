import type { Mail } from "../journal/entry.js";
import { type InstanceState, lateKey } from "../journal/state.js";
import { isParked } from "../journal/status.js";
import type { SagaPlan, WaitPlan } from "../plan/plan.js";
import { namedNodes, openWaits, waitsFor } from "../plan/walk.js";
import type { Draft } from "./draft.js";

/** What becomes of a domain event in the mailbox. */
export type MailTarget =
  /** A wait takes it. */
  | { readonly kind: "wait"; readonly step: string }
  /** No wait can take it any more: this wait's `onLate` does. */
  | { readonly kind: "late"; readonly step: string }
  /** A wait may still take it: it stays. */
  | { readonly kind: "early" }
  /** Nobody takes it: it stays, and is listed as unclaimed. */
  | { readonly kind: "unclaimed" }
  | { readonly kind: "taken" };

/** Says what becomes of a domain event now. */
export function mailTarget(plan: SagaPlan, state: InstanceState, mail: Mail): MailTarget {
  if (Object.hasOwn(state.taken, mail.id)) return { kind: "taken" };
  if (state.held !== undefined) return { kind: "early" };
  const waits = openWaits(plan, state, mail.event);
  const taker = isParked(state) ? undefined : waits.find((wait) => canTake(state, wait, mail));
  if (taker !== undefined) return { kind: "wait", step: taker.name };
  if (waits.length > 0) return { kind: "early" };
  const late = lateWait(plan, mail.event);
  return late === undefined ? { kind: "unclaimed" } : { kind: "late", step: late.name };
}

/** Whether the wait is under way and the event came before its time was over. */
function canTake(state: InstanceState, wait: WaitPlan, mail: Mail): boolean {
  const activity = state.open[wait.name];
  if (activity?.phase !== "wait") return false;
  return activity.dueAt === undefined || mail.receivedAt < activity.dueAt;
}

function lateWait(plan: SagaPlan, event: string): WaitPlan | undefined {
  for (const node of namedNodes(plan).values()) {
    if (node.kind === "wait" && node.late && waitsFor(node, event)) return node;
  }
  return undefined;
}

/**
 * Hands a domain event to the wait that takes it, or to its `onLate`; adds nothing where it stays in the
 * mailbox.
 */
export function applyMail(draft: Draft, mail: Mail): void {
  const target = mailTarget(draft.plan, draft.state, mail);
  if (target.kind === "late") {
    const { step } = target;
    draft.add({ kind: "late", key: lateKey(step, mail.id), step, mail: mail.id });
  } else if (target.kind === "wait") {
    const { step } = target;
    const output = waitOutput(draft.node(step) as WaitPlan, mail);
    draft.add({ kind: "settled", step, as: "done", output, mail: mail.id });
  }
}

/** A wait's result: the payload, or for a wait with several events `{ tag, payload }`. */
export function waitOutput(wait: WaitPlan, mail: Mail): Mail["payload"] {
  const tag = Object.keys(wait.events).find((candidate) => wait.events[candidate] === mail.event) ?? "";
  return tag === "" ? mail.payload : { tag, payload: mail.payload };
}
