import { canonicalJson } from "../../core/json.js";
import { type Case, violation } from "./case.js";
import type { Violation } from "./evidence.js";

/** G7: an appended effect is sent at least once. G1: under one name, which no other effect has. */
export function checkPublished(one: Case): readonly Violation[] {
  const { instance, name, evidence } = one;
  const { saga, id } = instance.ref;
  const records = evidence.published.filter(({ from }) => from.saga === saga && from.id === id);
  const sent = new Map(records.map(({ event }) => [event.id, event]));
  const found: Violation[] = [];
  for (const { n, publish = [] } of instance.entries) {
    for (const [index, event] of publish.entries()) {
      const copy = sent.get(event.id);
      sent.delete(event.id);
      const what = `The domain event "${event.event}" of entry ${n}`;
      if (event.id !== `${name}/${n}/${index}`)
        found.push(violation("G1", one, `${what} has the id "${event.id}".`));
      if (copy === undefined && evidence.healed)
        found.push(violation("G7", one, `${what} was never published.`));
      if (copy !== undefined && canonicalJson({ ...copy }) !== canonicalJson({ ...event }))
        found.push(violation("G1", one, `${what} was published with another content.`));
    }
  }
  const strays = [...sent.values()].map(({ event, id: stray }) => {
    return violation("G1", one, `The domain event "${event}" (${stray}) was published, and no entry has it.`);
  });
  return [...found, ...strays];
}
