import type { Context, EventBridgeEvent, Handler, SQSHandler } from "aws-lambda";
import { expect, it } from "vitest";
import { handler as deadLetter } from "../../../functions/dead-letter.js";
import { handler as ingest } from "../../../functions/ingest.js";
import { handler as lane } from "../../../functions/lane.js";
import { handler as timer } from "../../../functions/timer.js";
import { handler as watchdog } from "../../../functions/watchdog.js";

const behindQueues: Record<string, SQSHandler> = { lane, timer, deadLetter, ingest };
const scheduled: Record<string, Handler<EventBridgeEvent<"Scheduled Event", unknown>>> = { watchdog };
const functions = { ...behindQueues, ...scheduled };

it.each(Object.entries(functions))("the function %s opens nothing until it is called", async (_, handler) => {
  const context = { awsRequestId: "request-1", getRemainingTimeInMillis: () => 30_000 } as Context;
  const answer = handler({ Records: [] } as never, context, () => undefined);
  await expect(answer).rejects.toThrowError(/BACKSTEP_TABLE is not set.*ENVIRONMENT_INVALID/);
});
