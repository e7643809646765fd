import { DeleteItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import {
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import type { FunctionPorts } from "../../src/aws/handlers/function-ports.js";
import { loadConfig } from "../../src/cli/load-config.js";
import { prepareStart } from "../../src/runtime/client.js";
import { createRegistry } from "../../src/runtime/registry.js";
import { SystemClock } from "../../src/system/system-clock.js";
import { createCliWorld } from "../aws-e2e/cli-world.js";
import { recordStage } from "../aws-e2e/record-stage.js";
import { openStack } from "../aws-e2e/stack.js";
import { createCliProject } from "../e2e/cli-project.js";
import type { Target } from "../emulators/target.js";
import { config, repairProject } from "./repair-project.js";
import { type RepairWorld, wordsOf } from "./repair-world.js";

/** A stack as stage "dev", with its functions in this process. */
export async function openStageWorld(target: Target): Promise<RepairWorld> {
  const project = createCliProject(repairProject);
  const load = async () => (await loadConfig(`${project.folder}/backstep.config.ts`)).config;
  const moods = new Map<string, string>();
  const gate = gated(target.clients.sqs);
  const { sagas } = await load();
  const lanePorts = (ports: FunctionPorts) => cursing(ports, moods);
  const stack = await openStack(target, { sagas, services: { moods }, pollWith: gate.sqs, lanePorts });
  await recordStage(project.folder, target, stack);
  const url = stack.laneUrl("main") ?? "";
  const cli = createCliWorld(project.folder, ["--stage", "dev"]);
  const typed = createCliWorld(project.folder, []);
  return {
    isStage: true,
    moods,
    run: cli.run,
    type: (line) => typed.run(...wordsOf(line)),
    follow: cli.follow,
    startWorkers: async () => gate.open(),
    stopWorkers: () => gate.close(),
    async plant(saga, id, { agoMs, watchInMs, sends = false }) {
      const clock = new SystemClock();
      const past = { now: () => clock.now() - agoMs, after: clock.after.bind(clock) };
      const registry = createRegistry((await load()).sagas, { workerTimeoutMs: 30_000 });
      const { head, lane, first } = prepareStart({ registry, clock: past }, saga, { orderId: id });
      await stack.store.create({ ...head, watchAt: clock.now() + watchInMs });
      if (sends) await stack.ports.queue.send(lane, first);
    },
    send: () => Promise.reject(new Error("its queues do not tell whose events they hold")),
    async declare(old) {
      project.write("backstep.config.ts", config(old));
      stack.redeploy((await load()).sagas);
    },
    ...breakQueue(target, url),
    ...breakTable(target, stack.environment.table),
    async close() {
      gate.open();
      await stack.close();
      await project.remove();
    },
  };
}

/** What can be done to a lane's queue from outside. */
function breakQueue({ clients: { sqs } }: Target, url: string) {
  const take = async (): Promise<readonly Message[]> => {
    const received = await sqs.send(new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10 }));
    return received.Messages ?? [];
  };
  return {
    async purge() {
      for (const { ReceiptHandle } of await take()) {
        await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
      }
    },
    takeEvents: async () => void (await take()),
    async poison(body) {
      const ids = { MessageGroupId: "poison", MessageDeduplicationId: "poison" };
      await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: body, ...ids }));
    },
  } satisfies Partial<RepairWorld>;
}

/** What can be done to items of the table by hand. */
function breakTable({ clients: { dynamoDb } }: Target, table: string) {
  const item = (saga: string, id: string, sk: string) => ({
    TableName: table,
    Key: { pk: { S: `i#${saga}#${id}` }, sk: { S: sk } },
  });
  return {
    async dropFromIndex(saga, id) {
      const UpdateExpression = "REMOVE watch, watchSort";
      await dynamoDb.send(new UpdateItemCommand({ ...item(saga, id, "z#head"), UpdateExpression }));
    },
    edit: async (saga, id) => void (await dynamoDb.send(new DeleteItemCommand(item(saga, id, "j#000001")))),
  } satisfies Partial<RepairWorld>;
}

/** A client that receives nothing while it is closed. */
function gated(sqs: SQSClient) {
  const receiving = new Set<Promise<unknown>>();
  let isClosed = false;
  const send = (command: object, ...rest: readonly unknown[]): Promise<unknown> => {
    const isReceive = command instanceof ReceiveMessageCommand;
    if (isReceive && isClosed) return new Promise((resolve) => setTimeout(() => resolve({}), 20));
    const answer = Reflect.apply(sqs.send, sqs, [command, ...rest]) as Promise<unknown>;
    if (!isReceive) return answer;
    const over = answer.catch(() => undefined).finally(() => receiving.delete(over));
    receiving.add(over);
    return answer;
  };
  return {
    sqs: new Proxy(sqs, { get: (client, name) => (name === "send" ? send : Reflect.get(client, name)) }),
    open: () => {
      isClosed = false;
    },
    /** Resolves when nothing is received any more. */
    close: async () => {
      isClosed = true;
      await Promise.all(receiving);
    },
  };
}

/** Ports on which every delivery of a cursed instance fails. */
function cursing(ports: FunctionPorts, moods: ReadonlyMap<string, string>): FunctionPorts {
  const { store } = ports;
  const load: typeof store.load = async (ref) => {
    if (moods.get(ref.id) === "cursed") throw new Error("the worker stumbles");
    return store.load(ref);
  };
  const get = (_: object, name: string | symbol): unknown => {
    const value: unknown = name === "load" ? load : Reflect.get(store, name);
    return typeof value === "function" && name !== "load" ? value.bind(store) : value;
  };
  const showAfter: FunctionPorts["showAfter"] = (lane, handles) => ports.showAfter(lane, handles, 0);
  return { ...ports, showAfter, store: new Proxy<typeof store>(store, { get }) };
}
