import type { Command } from "../../core/decide/input.js";
import type { EventDefinition } from "../../core/definition/nodes.js";
import type { Duration } from "../../core/duration.js";

/** A domain event of a story. */
export interface StoryEvent {
  readonly event: EventDefinition | string;
  readonly payload: unknown;
  /** Its globally unique id. Default made from its name and place in the story. */
  readonly id?: string;
}

/** What an operator may do to an instance in the middle of it; a name is a command that needs no more. */
export type StoryCommand = "cancel" | "terminate" | "pause" | "resume" | "retry" | Command;

/** One instance, and what the outside does to it. */
export interface Story {
  /** The saga's name. */
  readonly saga: string;
  /** The version that it is started with, as by a caller deployed earlier. Default the newest. */
  readonly version?: number;
  readonly input: unknown;
  /** When it is started, from the beginning of the world. Default at once. */
  readonly after?: Duration;
  /** Each comes as soon as somebody waits for it, unless fate has it early, late or never. */
  readonly events?: readonly StoryEvent[];
  /** Each may come once, at any time, or not at all. */
  readonly commands?: readonly StoryCommand[];
}

/** The command of a story's command. */
export function commandOf(command: StoryCommand): Command {
  return typeof command === "string" ? { kind: command } : command;
}

/** The name of a command, with all that it says, such as `waive seat`. */
export function nameOfCommand(command: Command): string {
  const words = Object.entries(command).map(([key, value]) => {
    if (value === true) return key;
    return typeof value === "object" ? "" : String(value);
  });
  return words.filter((word) => word !== "").join(" ");
}

/** The name of a story's event. */
export function nameOfEvent({ event }: StoryEvent): string {
  return typeof event === "string" ? event : event.name;
}
