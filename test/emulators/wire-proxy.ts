import { once } from "node:events";
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { connect, type Endpoint, type Service, services, type Target } from "./target.js";
import { WireDeliveries } from "./wire-deliveries.js";
import { type Fault, FaultDice, type FaultPlan } from "./wire-faults.js";

/** A proxy before one endpoint. */
export interface WireProxy {
  readonly endpoint: string;
  /** How often each fault was injected. */
  readonly injected: Readonly<Record<Fault, number>>;
  /** Lets everything through from here on. */
  heal(): void;
  stop(): Promise<void>;
}

/** A target behind proxies, one for each of its services. */
export interface FaultyTarget extends Pick<WireProxy, "injected" | "heal" | "stop"> {
  readonly target: Target;
}

/** Puts proxies before a target, so that what is asked of it meets faults. Its resources stay the same. */
export async function behindProxies(target: Target, plan: FaultPlan): Promise<FaultyTarget> {
  const dice = new FaultDice(plan);
  const proxies: WireProxy[] = [];
  const endpoints: Partial<Record<Service, Endpoint>> = {};
  for (const service of services) {
    const upstream = target.endpoints[service];
    if (upstream === undefined) continue;
    if (upstream === "aws") throw new Error("The proxy speaks plain HTTP: it cannot stand before AWS.");
    const proxy = await startProxy(upstream, dice);
    proxies.push(proxy);
    endpoints[service] = proxy.endpoint;
  }
  const faulty = connect({ ...target, endpoints });
  return {
    target: faulty,
    injected: dice.injected,
    heal: () => dice.heal(),
    stop: async () => {
      for (const client of Object.values(faulty.clients)) client.destroy();
      await Promise.all(proxies.map((proxy) => proxy.stop()));
    },
  };
}

/** Starts a proxy before an endpoint. */
export function startWireProxy(upstream: string, plan: FaultPlan): Promise<WireProxy> {
  return startProxy(upstream, new FaultDice(plan));
}

async function startProxy(upstream: string, dice: FaultDice): Promise<WireProxy> {
  const agent = new Agent({ keepAlive: true });
  const deliveries = new WireDeliveries(dice);
  const server = createServer((incoming, response) => {
    handle({ upstream: new URL(upstream), agent, dice, deliveries }, incoming, response).catch(() =>
      incoming.socket.destroy(),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    injected: dice.injected,
    heal: () => dice.heal(),
    stop: async () => {
      server.closeAllConnections();
      agent.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };
}

interface Wire {
  readonly upstream: URL;
  readonly agent: Agent;
  readonly dice: FaultDice;
  readonly deliveries: WireDeliveries;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

async function handle(wire: Wire, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const { dice } = wire;
  const body = await bodyOf(incoming);
  const operation = String(incoming.headers["x-amz-target"] ?? "");
  if (dice.strikes("dropRequest")) return void incoming.socket.destroy();
  if (dice.strikes("throttle")) return send(response, throttled(operation));
  if (dice.strikes("delay")) await pause(dice.delayMs());
  const answer = await forward(wire, incoming, body);
  if (dice.strikes("dropResponse")) return void incoming.socket.destroy();
  const isReceive = operation === "AmazonSQS.ReceiveMessage" && answer.status === 200;
  send(response, isReceive ? received(wire, body, answer) : answer);
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function forward(wire: Wire, incoming: IncomingMessage, body: Buffer): Promise<Answer> {
  const outgoing = request(new URL(incoming.url ?? "/", wire.upstream), {
    method: incoming.method ?? "POST",
    headers: { ...incoming.headers, host: wire.upstream.host },
    agent: wire.agent,
  });
  outgoing.end(body);
  const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
  return { status: answer.statusCode ?? 500, headers: answer.headers, body: await bodyOf(answer) };
}

function received({ deliveries }: Wire, body: Buffer, answer: Answer): Answer {
  const messages = deliveries.deliver(JSON.parse(String(body)), JSON.parse(String(answer.body)));
  return { ...answer, body: Buffer.from(JSON.stringify(messages)) };
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  const { "transfer-encoding": _, connection: __, ...kept } = headers;
  response.writeHead(status, { ...kept, "content-length": body.byteLength });
  response.end(body);
}

/** What a service says that is asked too much: as its protocol has it. */
function throttled(operation: string): Answer {
  const message = "The proxy throttles this call.";
  if (operation === "") {
    const body = `<Error><Code>SlowDown</Code><Message>${message}</Message></Error>`;
    return { status: 503, headers: { "content-type": "application/xml" }, body: Buffer.from(body) };
  }
  const isSqs = operation.startsWith("AmazonSQS.");
  const type = isSqs ? "com.amazonaws.sqs#RequestThrottled" : "com.amazon.coral.service#ThrottlingException";
  return {
    status: 400,
    headers: {
      "content-type": "application/x-amz-json-1.0",
      ...(isSqs ? { "x-amzn-query-error": "RequestThrottled;Sender" } : {}),
    },
    body: Buffer.from(JSON.stringify({ __type: type, message })),
  };
}
