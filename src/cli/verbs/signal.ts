import type { Signalled } from "../../runtime/client.js";
import type { Style } from "../style.js";
import type { Verb } from "../verb.js";

/** `backstep signal`: hands a domain event to the instances that wait for it. */
export const signal: Verb = {
  name: "signal",
  summary: "send a domain event to the instances that wait for it",
  args: [{ flags: "<event>", meaning: "the event's name, such as payment.received" }],
  options: [
    { flags: "--payload <json>", meaning: "the payload: JSON, @file, or - for stdin", required: true },
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
    const value = await session.readJson(payload, "--payload");
    const client = await session.client();
    const signalled = await client.signal(event, value, {
      ...(typeof eventId === "string" ? { eventId } : {}),
      ...(existing === true ? { existing } : {}),
    });
    for (const { saga, id, exists } of signalled.instances) {
      if (!exists) session.notice(`${saga}/${id} was not started yet: the event is kept for it.`);
    }
    const { accepted, instances } = signalled;
    if (accepted) session.noticeIfNoEngine();
    return {
      json: { event: signalled.event, eventId: signalled.eventId, accepted, instances },
      text: (style) => render(signalled, style),
    };
  },
};

function render({ event, eventId, accepted, instances }: Signalled, { colors }: Style): string {
  const names = instances.map(({ saga, id }) => colors.bold(`${saga}/${id}`)).join(", ");
  if (!accepted) return `${event} ${eventId} was accepted before. Nothing changed.`;
  return `Accepted ${event} for ${names}. Its event id is ${eventId}`;
}
