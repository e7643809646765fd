import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ListQueuesCommand } from "@aws-sdk/client-sqs";
import { afterEach, expect, test } from "vitest";
import { createSqsClient } from "../../src/aws/clients/create-sqs-client.js";

let server: Server;

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});

/** A client of something that answers after so many milliseconds, or never. */
async function clientOf(answersAfterMs: number | undefined) {
  server = createServer((request, response) => {
    request.resume();
    if (answersAfterMs !== undefined) setTimeout(() => response.end("{}"), answersAfterMs);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return createSqsClient({
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    endpoint: `http://127.0.0.1:${port}`,
    maxAttempts: 1,
  });
}

test("an attempt that is not answered is given up after three seconds", async () => {
  const client = await clientOf(undefined);
  const startedAt = performance.now();
  await expect(client.send(new ListQueuesCommand({}))).rejects.toMatchObject({ name: "TimeoutError" });
  expect(performance.now() - startedAt).toBeLessThan(4_500);
}, 15_000);

test("of many calls at once none fails for want of a socket", async () => {
  const client = await clientOf(50);
  const calls = Array.from({ length: 2_000 }, () => client.send(new ListQueuesCommand({})));
  const failed = (await Promise.allSettled(calls)).filter(({ status }) => status === "rejected");
  expect(failed).toEqual([]);
}, 30_000);
