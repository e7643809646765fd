import { ListQueuesCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";
import { callsMax } from "../../../../src/aws/clients/client-defaults.js";
import { createSqsClient } from "../../../../src/aws/clients/create-sqs-client.js";
import { turns } from "../../../contract/turns.js";
import { ScriptedAws, type WireAnswer } from "../scripted-aws.js";

/** A client, and the answers that its calls under way wait for, in the order of their calls. */
function heldClient(): { client: SQSClient; answers: ((answer: WireAnswer) => void)[] } {
  const answers: ((answer: WireAnswer) => void)[] = [];
  const aws = new ScriptedAws(() => new Promise((answer) => answers.push(answer)));
  return { client: createSqsClient(aws.config), answers };
}

const call = (client: SQSClient) => client.send(new ListQueuesCommand({}));

test("a client has so many calls under way; each that ends lets one begin", async () => {
  const { client, answers } = heldClient();
  const calls = Array.from({ length: callsMax + 3 }, () => call(client));
  await turns(20);
  expect(answers).toHaveLength(callsMax);
  answers[0]?.({});
  answers[1]?.({});
  await turns(20);
  expect(answers).toHaveLength(callsMax + 2);
  answers[2]?.({});
  await turns(20);
  for (const answer of answers) answer({});
  expect(await Promise.all(calls)).toHaveLength(callsMax + 3);
});

test("a call that fails lets the next begin", async () => {
  const { client, answers } = heldClient();
  const calls = Promise.allSettled(Array.from({ length: callsMax + 1 }, () => call(client)));
  await turns(20);
  answers[0]?.({ errorName: "InvalidSecurity" });
  await turns(20);
  expect(answers).toHaveLength(callsMax + 1);
  for (const answer of answers) answer({});
  const failed = (await calls).filter(({ status }) => status === "rejected");
  expect(failed).toHaveLength(1);
});

test("a client that was idle again has all its calls", async () => {
  const { client, answers } = heldClient();
  for (let round = 1; round <= 2; round++) {
    const calls = Array.from({ length: callsMax }, () => call(client));
    await turns(20);
    expect(answers).toHaveLength(round * callsMax);
    for (const answer of answers) answer({});
    await Promise.all(calls);
  }
});
