import { setImmediate as turn } from "node:timers/promises";

/** Lets code that takes turns of the event loop get on: groups of writes, lanes that hand out once a turn. */
export async function turns(count: number): Promise<void> {
  for (let taken = 0; taken < count; taken++) await turn();
}
