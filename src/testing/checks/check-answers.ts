import type { InstanceRef } from "../../ports/saga-store.js";
import type { Evidence, InstanceEvidence, Violation } from "./evidence.js";

/** G7 and G8: what was answered with success is there: starts, accepted domain events, commands. */
export function checkAnswers(evidence: Evidence): readonly Violation[] {
  const known = new Map(evidence.instances.map((instance) => [nameOf(instance.ref), instance]));
  const missing = (guarantee: Violation["guarantee"], ref: InstanceRef, message: string): Violation => {
    return { guarantee, instance: nameOf(ref), message };
  };
  const find = ({ ref }: { readonly ref: InstanceRef }): InstanceEvidence | undefined =>
    known.get(nameOf(ref));
  const starts = evidence.started.filter((ref) => find({ ref })?.head === undefined);
  const letters = evidence.accepted.filter((one) => !find(one)?.mail.some(({ id }) => id === one.mail));
  const commands = evidence.commands.filter((one) => {
    return !find(one)?.entries.some(({ cause }) => cause.commandId === one.commandId);
  });
  return [
    ...starts.map((ref) => missing("G8", ref, `${nameOf(ref)} was answered as started, and has no head.`)),
    ...letters.map(({ ref, mail }) =>
      missing(
        "G7",
        ref,
        `The domain event "${mail}" was accepted, and is not in the mailbox of ${nameOf(ref)}.`,
      ),
    ),
    ...commands.map(({ ref, commandId }) =>
      missing(
        "G8",
        ref,
        `The command "${commandId}" was applied, and is not in the journal of ${nameOf(ref)}.`,
      ),
    ),
  ];
}

function nameOf({ saga, id }: InstanceRef): string {
  return `${saga}/${id}`;
}
