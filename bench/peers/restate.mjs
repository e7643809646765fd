// node restate.mjs <port of the ingress> <port of the admin API>
// Restate's side of the workload: the service that Restate calls, and the client that starts instances.
import { once } from "node:events";
import { connect, createServer } from "node:http2";
import { createEndpointHandler, service } from "@restatedev/restate-sdk";
import { checkSum, serveLoads } from "./load.mjs";

const [ingressPort, adminPort] = process.argv.slice(2);

const saga = service({
  name: "saga",
  handlers: {
    async run(context) {
      let sum = 0;
      for (let step = 0; step < 5; step += 1) sum += await context.run(`step${step}`, () => step);
      return sum;
    },
  },
});

// HTTP/2, so that steps and their answers share one stream both ways.
const endpoint = createServer(createEndpointHandler({ services: [saga] }));
endpoint.listen(0, "127.0.0.1");
await once(endpoint, "listening");
const registered = await fetch(`http://127.0.0.1:${adminPort}/deployments`, {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ uri: `http://127.0.0.1:${endpoint.address().port}` }),
});
if (!registered.ok) throw new Error(`Restate did not take the service: ${await registered.text()}`);

const ingress = connect(`http://127.0.0.1:${ingressPort}`);

serveLoads(async () => {
  const request = ingress.request({ ":method": "POST", ":path": "/saga/run" });
  request.setEncoding("utf8").end();
  let answer = "";
  for await (const part of request) answer += part;
  checkSum(Number(answer));
});
