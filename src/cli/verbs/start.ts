import { takeJson } from "../take-json.js";
import type { Verb } from "../verb.js";

/** `backstep start`: starts an instance. */
export const start: Verb = {
  name: "start",
  summary: "start an instance of a saga",
  args: [{ flags: "<saga>", meaning: "the saga's name; its newest version is started" }],
  options: [
    { flags: "--input <json>", meaning: "the input (required): JSON, @file, or - for stdin" },
    { flags: "--id <id>", meaning: "the instance's id, where the saga does not take it from the input" },
  ],
  examples: [
    `backstep start order --input '{"orderId":"o-42","sku":"lamp","quantity":1,"cents":4900}'`,
    "backstep start order --input @order.json --json",
  ],
  notes: "A second start with the same id and input changes nothing; with another input it exits with 4.",
  async run([saga = ""], { input, id }, session) {
    const started = await takeJson(
      session,
      { option: "--input", value: input, schemaOf: (registry) => registry.latest(saga).saga.input },
      async (json) => {
        const client = await session.client();
        return client.start(saga, json, typeof id === "string" ? { id } : {});
      },
    );
    if (started.created) session.noticeIfIdle();
    const { id: startedId, version, created } = started;
    const name = `${started.saga}/${startedId}`;
    return {
      json: { saga: started.saga, id: startedId, version, created },
      text: ({ colors }) =>
        created
          ? `Started ${colors.bold(name)}, version ${version}. See ${session.command(`show ${name}`)}`
          : `${colors.bold(name)} was started before with the same input. Nothing changed.`,
    };
  },
};
