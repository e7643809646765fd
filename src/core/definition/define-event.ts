import type { AnySchema, EventDefinition } from "./nodes.js";
import { requireEventName, requireRecord, requireSchema } from "./require.js";

/** What a handler receives of a domain event: the output of its payload schema. */
export type EventPayload<Event extends EventDefinition> = Event["payload"]["_zod"]["output"];

/** What a sender of a domain event gives: the input of its payload schema. */
export type EventPayloadInput<Event extends EventDefinition> = Event["payload"]["_zod"]["input"];

/**
 * Declares a domain event that sagas wait for or emit.
 *
 * @param options `name`: unique, past tense, dots allowed; `payload`: the zod schema of its content
 * @throws SagaError DEFINITION_INVALID
 * @example
 * defineEvent({ name: "payment.received", payload: z.object({ orderId: z.string(), cents: z.int() }) })
 */
export function defineEvent<const Name extends string, Schema extends AnySchema>(options: {
  readonly name: Name;
  readonly payload: Schema;
}): EventDefinition<Name, Schema> {
  requireRecord(options, "The definition of a domain event", ["name", "payload"]);
  requireEventName(options.name);
  requireSchema(options.payload, `The payload of the domain event "${options.name}"`);
  return Object.freeze({ kind: "event", name: options.name, payload: options.payload });
}
