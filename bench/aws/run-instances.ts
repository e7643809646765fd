import { openStack } from "../../test/aws-e2e/stack.js";
import { meterSqs } from "../../test/budget/meter-calls.js";
import { meterDynamoDb } from "../../test/budget/meter-dynamo-db.js";
import { connect, type Target, type TargetData } from "../../test/emulators/target.js";
import { noOpSaga, sagaName } from "../no-op-saga.js";
import type { Usage } from "./prices.js";

/** What one instance asks of AWS, counted. */
export interface Counted extends Usage {
  readonly queries: number;
}

/** Runs instances of five steps that do nothing, one after the other, and counts what each asks for. */
export async function countInstances(data: TargetData, instances: number, fuse: boolean): Promise<Counted> {
  const metered = connect(data);
  const table = meterDynamoDb(metered.clients.dynamoDb);
  const queues = meterSqs(metered.clients.sqs);
  await withStack(data, metered, fuse, async ({ start, untilEnded }) => {
    for (let at = 0; at < instances; at += 1) {
      await start(`o-${at}`);
      await untilEnded(`o-${at}`);
    }
  });
  const { calls, readUnits, writeUnits } = table.total();
  return {
    writeUnits: writeUnits / instances,
    readUnits: readUnits / instances,
    queries: (calls.Query ?? 0) / instances,
    sends: queues.counts.sent / instances,
  };
}

/** Runs so many instances at a time. @returns instances a second, from the first start to the last end */
export async function timeInstances(data: TargetData, instances: number, atOnce: number): Promise<number> {
  const through = connect(data);
  let seconds = Number.NaN;
  await withStack(data, through, true, async ({ start, untilEnded }) => {
    const ids = Array.from({ length: instances }, (_, at) => `o-${at}`).reverse();
    const work = async (): Promise<void> => {
      for (let id = ids.pop(); id !== undefined; id = ids.pop()) {
        await start(id);
        await untilEnded(id);
      }
    };
    const beganAt = performance.now();
    await Promise.all(Array.from({ length: atOnce }, work));
    seconds = (performance.now() - beganAt) / 1_000;
  });
  return instances / seconds;
}

interface Run {
  readonly start: (id: string) => Promise<unknown>;
  /** Asks nobody: a worker writes the head of what has ended last. Called once for each. */
  readonly untilEnded: (id: string) => Promise<unknown>;
}

/** @param through the clients of which the stack makes its calls; its resources are made by others */
async function withStack(
  data: TargetData,
  through: Target,
  fuse: boolean,
  act: (run: Run) => Promise<void>,
): Promise<void> {
  const target = connect(data);
  const ends = new Ends();
  const stack = await openStack(target, {
    sagas: [noOpSaga(5)],
    services: {},
    fuse,
    clients: through.clients,
    pollWith: target.clients.sqs,
    lanePorts: (ports) => ({
      ...ports,
      store: new Proxy(ports.store, {
        get: (store, key) => {
          const member: unknown = Reflect.get(store, key);
          if (typeof member !== "function") return member;
          if (key !== "updateHead") return member.bind(store);
          return async (...given: Parameters<typeof store.updateHead>) => {
            const answer = await store.updateHead(...given);
            if (given[2].status === "completed") ends.of(given[0].id).resolve();
            return answer;
          };
        },
      }),
    }),
  });
  try {
    await act({
      start: (id) => stack.client.start(sagaName, { id }),
      untilEnded: (id) => ends.of(id).promise,
    });
  } finally {
    await stack.close();
    for (const { clients } of [target, through]) {
      for (const client of Object.values(clients)) client.destroy();
    }
  }
}

/** The ends of instances, as promises. */
class Ends {
  readonly #ends = new Map<string, { readonly promise: Promise<void>; readonly resolve: () => void }>();

  of(id: string) {
    const known = this.#ends.get(id);
    if (known !== undefined) return known;
    let resolve = (): void => undefined;
    const promise = new Promise<void>((done) => {
      resolve = done;
    });
    const end = { promise, resolve };
    this.#ends.set(id, end);
    return end;
  }
}
