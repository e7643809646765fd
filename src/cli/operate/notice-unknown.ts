import type { Filter } from "../../runtime/fits.js";
import type { Session } from "../session.js";
import { nearest } from "../suggest.js";

/** Where nothing fits: says so of a saga or step that is not declared, and which could be meant. */
export async function noticeUnknown(session: Session, { saga, step }: Filter): Promise<void> {
  const loaded = saga === undefined && step === undefined ? undefined : await session.anyConfig();
  if (loaded === undefined) return;
  const { createRegistry } = await import("../../runtime/registry.js");
  const { all } = createRegistry(loaded.config.sagas);
  tell(
    session,
    "saga",
    saga,
    all.map(({ plan }) => plan.saga),
  );
  tell(
    session,
    "step",
    step,
    all.flatMap(({ nodes }) => [...nodes.keys()]),
  );
}

function tell(session: Session, what: string, word: string | undefined, known: readonly string[]): void {
  if (word === undefined || known.includes(word)) return;
  const near = nearest(word, known);
  const hint = near === undefined ? "" : ` Did you mean "${near}"?`;
  session.notice(`No ${what} "${word}" is declared.${hint}`);
}
