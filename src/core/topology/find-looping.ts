import type { Topology } from "./topology.js";

/** Who sends to what, and what feeds whom. */
export type Flow = Pick<Topology, "functions" | "queues" | "mappings" | "rules">;

/** The functions, by id, whose messages can come back to them: through queues, other functions or the bus. */
export function findLooping({ functions, queues, mappings, rules }: Flow): ReadonlySet<string> {
  const queueIds = new Map(queues.map(({ arn, id }) => [arn, id]));
  const fedBy = (queue: string) => mappings.flatMap((each) => (each.queue === queue ? [each.function] : []));
  const published = rules.flatMap(({ target }) => ("queue" in target ? fedBy(target.queue) : []));
  const next = new Map(
    functions.map(({ id, statements }) => {
      const sent = statements.flatMap(({ actions, resources }) => {
        if (actions.includes("events:PutEvents")) return published;
        if (!actions.includes("sqs:SendMessage")) return [];
        return resources.flatMap((arn) => fedBy(queueIds.get(arn) ?? ""));
      });
      return [id, new Set(sent)];
    }),
  );
  return new Set(functions.map(({ id }) => id).filter((id) => reaches(next, id)));
}

/** Whether a way leads from a function back to it. */
function reaches(next: ReadonlyMap<string, ReadonlySet<string>>, id: string): boolean {
  const seen = new Set<string>();
  const open = [...(next.get(id) ?? [])];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at === id) return true;
    if (seen.has(at)) continue;
    seen.add(at);
    open.push(...(next.get(at) ?? []));
  }
  return false;
}
