import type { ListQuery } from "../../src/index.js";
import { openLocalClient } from "../../src/local/index.js";
import { noOpSaga, sagaName } from "../no-op-saga.js";
import { stepsOf } from "./real-instance.js";

const limit = 50;

/** By saga; by a status that many have, few have, an index of its own has, and nobody has. */
const queries: readonly ListQuery[] = [
  { saga: sagaName, limit },
  { status: "completed", limit },
  { status: "compensated", limit },
  { status: "parked", limit },
  { status: "terminated", limit },
];

/** The slowest of some lists, each from opening the store until it is closed, as a command line does. */
export async function measureList({ file }: { readonly file: string }) {
  const tookMs: number[] = [];
  for (const query of queries) {
    const beganAt = performance.now();
    const client = openLocalClient({ file, sagas: [noOpSaga(stepsOf)] });
    await client.list(query);
    await client.close();
    tookMs.push(performance.now() - beganAt);
  }
  return { ms: Math.max(...tookMs) };
}
