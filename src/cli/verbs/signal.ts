import type { AnySchema } from "../../core/definition/nodes.js";
import type { Signalled } from "../../runtime/client.js";
import type { Registry } from "../../runtime/registry.js";
import type { Style } from "../style.js";
import { takeJson } from "../take-json.js";
import type { Verb } from "../verb.js";

/** `backstep signal`: hands a domain event to the instances that wait for it. */
export const signal: Verb = {
  name: "signal",
  summary: "send a domain event to the instances that wait for it",
  args: [{ flags: "<event>", meaning: "the event's name, such as payment.received" }],
  options: [
    { flags: "--payload <json>", meaning: "the payload (required): JSON, @file, or - for stdin" },
    {
      flags: "--event-id <id>",
      meaning: "its globally unique id: a second event of that id is the same event",
    },
    {
      flags: "--existing",
      meaning: "exit with 3 where the instance was not started, instead of keeping the event for it",
    },
  ],
  examples: [
    `backstep signal payment.received --payload '{"orderId":"o-42","paymentId":"p-7","cents":4900}'`,
  ],
  notes: "An event for an instance that was not started yet is kept for it.",
  async run([event = ""], { payload, eventId, existing }, session) {
    const signalled = await takeJson(
      session,
      { option: "--payload", value: payload, schemaOf: (registry) => payloadOf(registry, event) },
      async (json) => {
        const client = await session.client();
        return client.signal(event, json, {
          ...(typeof eventId === "string" ? { eventId } : {}),
          ...(existing === true ? { existing } : {}),
        });
      },
    );
    for (const { saga, id, exists } of signalled.instances) {
      if (!exists) session.notice(`${saga}/${id} was not started yet: the event is kept for it.`);
    }
    const { accepted, instances } = signalled;
    if (accepted) session.noticeIfIdle();
    return {
      json: { event: signalled.event, eventId: signalled.eventId, accepted, instances },
      text: (style) => render(signalled, style),
    };
  },
};

function payloadOf(registry: Registry, event: string): AnySchema | undefined {
  const [waiting] = registry.waitsFor(event);
  return waiting?.wait.events[waiting.tag]?.event.payload;
}

function render({ event, eventId, accepted, instances }: Signalled, { colors }: Style): string {
  const names = instances.map(({ saga, id }) => colors.bold(`${saga}/${id}`)).join(", ");
  if (!accepted) return `${event} ${eventId} was accepted before. Nothing changed.`;
  return `Accepted ${event} for ${names}. Its event id is ${eventId}`;
}
