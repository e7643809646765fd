import type { Status, StepState } from "../core/journal/state.js";
import type { Style } from "./style.js";

const colorOf: Readonly<Record<Status | StepState, "green" | "yellow" | "red" | "cyan" | "magenta" | "dim">> =
  {
    running: "cyan",
    waiting: "cyan",
    retrying: "yellow",
    compensating: "yellow",
    parked: "red",
    paused: "magenta",
    shed: "magenta",
    unknown: "red",
    done: "green",
    completed: "green",
    compensated: "yellow",
    terminated: "magenta",
    refused: "yellow",
    waived: "magenta",
    notStarted: "dim",
  };

/** A status or step state in its colour: red needs someone, yellow goes or went back, green is done. */
export function colored(word: Status | StepState, { colors }: Style): string {
  return colors[colorOf[word]](word);
}
