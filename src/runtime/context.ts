import type { DefinitionNode, EventDefinition, WaitNode } from "../core/definition/nodes.js";
import type { Mail } from "../core/journal/entry.js";
import type { InstanceState } from "../core/journal/state.js";
import type { Json } from "../core/json.js";
import type { Registered } from "./registry.js";
import { fromStored } from "./schema.js";

/** What every piece of user code gets of its instance. */
export interface Reading {
  readonly input: unknown;
  readonly results: Readonly<Record<string, unknown>>;
  readonly now: number;
}

/**
 * Reads input and results by their schemas when user code first asks for them. They are properties of the
 * object itself, so that whoever copies it has them, too; and of one shape, which is what makes them cheap.
 */
export class InstanceReading implements Reading {
  declare readonly input: unknown;
  declare readonly results: Readonly<Record<string, unknown>>;
  readonly now: number;
  readonly #registered: Registered;
  readonly #state: InstanceState;
  #input: { readonly value: unknown } | undefined;
  #results: Reading["results"] | undefined;

  constructor(registered: Registered, state: InstanceState, now: number) {
    this.#registered = registered;
    this.#state = state;
    this.now = now;
    Object.defineProperty(this, "input", InstanceReading.#inputProperty);
    Object.defineProperty(this, "results", InstanceReading.#resultsProperty);
  }

  static readonly #inputProperty = {
    enumerable: true,
    get(this: InstanceReading): unknown {
      const { saga } = this.#registered;
      this.#input ??= { value: fromStored(saga.input, this.#state.input, `input of saga "${saga.name}"`) };
      return this.#input.value;
    },
  };

  static readonly #resultsProperty = {
    enumerable: true,
    get(this: InstanceReading): Reading["results"] {
      this.#results ??= readResults(this.#registered, this.#state);
      return this.#results;
    },
  };
}

function readResults({ nodes }: Registered, state: InstanceState): Reading["results"] {
  const results: Record<string, unknown> = {};
  for (const [name, { settled, output }] of Object.entries(state.steps)) {
    const node = nodes.get(name);
    const isDone = settled === "done" || (settled === "compensated" && output !== undefined);
    if (node !== undefined && isDone) defineLazily(results, name, () => readResult(node, output));
  }
  return results;
}

/** A step's result as user code sees it. */
export function readResult(node: DefinitionNode, output: Json | undefined): unknown {
  if (output === undefined) return undefined;
  switch (node.kind) {
    case "step":
    case "pivot":
      return node.output === undefined
        ? undefined
        : fromStored(node.output, output, `output of step "${node.name}"`);
    case "wait":
      return readWaited(node, output);
    default:
      return output;
  }
}

/**
 * The `event` that a wait's handlers get for a domain event: its payload, or `{ tag, payload }` where there
 * are several.
 */
export function readMail(node: WaitNode, mail: Mail): unknown {
  for (const [tag, { event }] of Object.entries(node.events)) {
    if (event.name !== mail.event) continue;
    const payload = readPayload(event, mail.payload);
    return tag === "" ? payload : { tag, payload };
  }
  return undefined;
}

function readWaited(node: WaitNode, output: Json): unknown {
  const single = node.events[""];
  if (single !== undefined) return readPayload(single.event, output);
  const { tag, payload } = output as { readonly tag: string; readonly payload: Json };
  const event = node.events[tag]?.event;
  return event === undefined ? output : { tag, payload: readPayload(event, payload) };
}

function readPayload(event: EventDefinition, payload: Json): unknown {
  return fromStored(event.payload, payload, `payload of "${event.name}"`);
}

function defineLazily(target: object, key: string, read: () => unknown): void {
  Object.defineProperty(target, key, {
    enumerable: true,
    configurable: true,
    get() {
      const value = read();
      Object.defineProperty(target, key, { value, enumerable: true });
      return value;
    },
  });
}
