import type { EventDefinition } from "../../core/definition/nodes.js";
import type { Duration } from "../../core/duration.js";

/** A domain event of a story. */
export interface StoryEvent {
  readonly event: EventDefinition | string;
  readonly payload: unknown;
  /** Its globally unique id. Default made from its name and place in the story. */
  readonly id?: string;
}

/** What an operator may do to an instance in the middle of it. */
export type StoryCommand = "cancel" | "terminate" | "pause" | "resume" | "retry";

/** One instance, and what the outside does to it. */
export interface Story {
  /** The saga's name. */
  readonly saga: string;
  readonly input: unknown;
  /** When it is started, from the beginning of the world. Default at once. */
  readonly after?: Duration;
  /** Each comes as soon as somebody waits for it, unless fate has it early, late or never. */
  readonly events?: readonly StoryEvent[];
  /** Each may come once, at any time, or not at all. */
  readonly commands?: readonly StoryCommand[];
}

/** The name of a story's event. */
export function nameOfEvent({ event }: StoryEvent): string {
  return typeof event === "string" ? event : event.name;
}
