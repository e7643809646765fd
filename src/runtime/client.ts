import { decide, decideStart } from "../core/decide/decide.js";
import type { Command } from "../core/decide/input.js";
import type { Envelope } from "../core/envelope.js";
import type { Actor, JournalEntry, Mail } from "../core/journal/entry.js";
import { begin } from "../core/journal/evolve.js";
import type { InstanceState } from "../core/journal/state.js";
import { canonicalJson } from "../core/json.js";
import { namedNodes } from "../core/plan/walk.js";
import { SagaError } from "../errors/saga-error.js";
import type {
  Head,
  HeadProjection,
  InstanceRef,
  ListPage,
  ListQuery,
  LoadedInstance,
} from "../ports/saga-store.js";
import { envelope, projectionOf } from "./events.js";
import { type Filter, fits } from "./fits.js";
import { keepWatched, raceConflict, racesMax } from "./keep-watched.js";
import { withLastCommand } from "./last-command.js";
import { loadExisting } from "./load.js";
import { outputSchemaOf } from "./output-schema.js";
import type { Registered, Waiting } from "./registry.js";
import { toStored } from "./schema.js";
import { healMsDefault, type RuntimePorts, type RuntimeSettings } from "./settings.js";
import { tagsOf } from "./tags-of.js";

/** The answer to a start. */
export interface Started extends InstanceRef {
  readonly version: number;
  /** False if the instance was there already, with the same input. */
  readonly created: boolean;
}

/** Where an accepted domain event went. */
export interface Signalled {
  readonly event: string;
  readonly eventId: string;
  /** False for a second copy of the same event. */
  readonly accepted: boolean;
  /** One per saga that waits for the event. */
  readonly instances: readonly (InstanceRef & {
    /** False if it was not started yet: the event waits in its mailbox. */
    readonly exists: boolean;
  })[];
}

/** An instance, folded. */
export interface Instance extends LoadedInstance {
  readonly state: InstanceState;
}

/** Who gives a command, and why. */
export interface CommandOptions {
  readonly actor: Actor;
  readonly reason?: string;
  /** Makes a repeated call the same command. Default a new id. */
  readonly commandId?: string;
  /** Nothing is changed unless the instance, as its journal has it, fulfils all of this. Default any does. */
  readonly where?: Filter;
}

/** Starts, signals, reads and commands instances. */
export interface SagaClient {
  /**
   * Starts the newest declared version of a saga.
   * @param saga name
   * @param input as its schema's input
   * @param options `id`: checked against the saga's own `id(input)`; they must agree
   * @throws SagaError SAGA_UNKNOWN, SCHEMA_MISMATCH, INSTANCE_ID_INVALID, START_CONFLICT
   */
  start(saga: string, input: unknown, options?: { readonly id?: string }): Promise<Started>;
  /**
   * Accepts a domain event for every saga that waits for it.
   * @param options `eventId`: globally unique; default a new one. `existing`: reject instead of keeping it
   * for a later start
   * @throws SagaError EVENT_UNKNOWN, SCHEMA_MISMATCH, INSTANCE_ID_INVALID, EVENT_ID_INVALID, EVENT_CONFLICT,
   * INSTANCE_UNKNOWN
   */
  signal(
    event: string,
    payload: unknown,
    options?: { readonly eventId?: string; readonly existing?: boolean },
  ): Promise<Signalled>;
  /** @throws SagaError INSTANCE_UNKNOWN, JOURNAL_CORRUPT */
  get(ref: InstanceRef): Promise<Instance>;
  list(query: ListQuery): Promise<ListPage>;
  /**
   * Appends a command. A command that was applied before, by id or because nothing is left to do, changes
   * nothing.
   * @returns the head after it, and whether it changed anything
   * @throws SagaError INSTANCE_UNKNOWN, COMMAND_REFUSED, WRITE_CONFLICT, SAGA_UNKNOWN, SCHEMA_MISMATCH
   */
  command(
    ref: InstanceRef,
    command: Command,
    options: CommandOptions,
  ): Promise<{ readonly applied: boolean; readonly head: Head }>;
}

const idPattern = /^[A-Za-z0-9._:@+-]{1,200}$/;
const eventIdPattern = /^[!-~]{1,300}$/;

/** Makes the client that every backend uses. */
export function createClient(
  ports: RuntimePorts,
  { healMs = healMsDefault }: Pick<RuntimeSettings, "healMs"> = {},
): SagaClient {
  return {
    start: async (saga, input, options = {}) =>
      start(ports, healMs, prepareStart(ports, saga, input, options.id)),
    signal: (event, payload, options = {}) => signal(ports, event, payload, options),
    get: (ref) => loadExisting(ports.store, ref),
    list: (query) => ports.store.list(query),
    command: (ref, command, options) => give(ports, ref, command, options),
  };
}

/** A start that is checked and not written yet. */
export interface PreparedStart {
  /** Watched from the start of its instance on. */
  readonly head: Omit<Head, "rev">;
  readonly lane: string;
  /** The instance's first event. */
  readonly first: Envelope;
}

/**
 * Checks a start of the newest declared version of a saga. Writes and sends nothing.
 * @param givenId as the `id` of `SagaClient.start`
 * @throws SagaError SAGA_UNKNOWN, SCHEMA_MISMATCH, INSTANCE_ID_INVALID
 */
export function prepareStart(
  { registry, clock }: Pick<RuntimePorts, "registry" | "clock">,
  name: string,
  value: unknown,
  givenId?: string,
): PreparedStart {
  const { plan, saga } = registry.latest(name);
  const input = toStored(saga.input, value, `input of saga "${name}"`);
  const parsed = saga.input.parse(input);
  const id = instanceId(saga.id(parsed), `id of saga "${name}"`);
  if (givenId !== undefined && givenId !== id) {
    const problem = `The saga "${name}" gives this input the id "${id}", not "${givenId}".`;
    throw new SagaError("INSTANCE_ID_INVALID", problem, { fix: "Leave the id out, or correct the input." });
  }
  const tags = tagsOf(saga, parsed);
  const origin = decideStart(plan, { id, input, ...(tags && { tags }) }, clock.now());
  const state = begin(origin);
  const first = envelope(state, clock, { kind: "lane", seq: 0, cause: "0", gen: 0, hops: 0 });
  return { head: { origin, ...projectionOf(state, -1, origin.startedAt) }, lane: plan.lane, first };
}

async function start(
  ports: RuntimePorts,
  healMs: number,
  { lane, first, head: prepared }: PreparedStart,
): Promise<Started> {
  const { saga, id, input, startedAt } = prepared.origin;
  const { created, head } = await ports.store.create({ ...prepared, watchAt: startedAt + healMs });
  if (!created && canonicalJson(head.origin.input) !== canonicalJson(input)) {
    const problem = `"${saga}/${id}" was started before with another input.`;
    throw new SagaError("START_CONFLICT", problem, { details: { saga, id } });
  }
  if (created || (head.n === 0 && head.settled < 0)) {
    await ports.queue.send(lane, first, created ? head : undefined);
  }
  return { saga, id, version: head.origin.version, created };
}

function instanceId(id: unknown, what: string): string {
  if (typeof id === "string" && idPattern.test(id)) return id;
  throw new SagaError("INSTANCE_ID_INVALID", `The ${what} is ${JSON.stringify(id) ?? "undefined"}.`);
}

async function signal(
  ports: RuntimePorts,
  event: string,
  value: unknown,
  options: { readonly eventId?: string; readonly existing?: boolean },
): Promise<Signalled> {
  const { registry, clock, ids } = ports;
  const waits = registry.waitsFor(event);
  const eventId = options.eventId ?? ids.id();
  if (!eventIdPattern.test(eventId)) {
    throw new SagaError(
      "EVENT_ID_INVALID",
      `The id of the domain event "${event}" is ${JSON.stringify(eventId)}.`,
    );
  }
  const letters = waits.map((waiting) => addressed(waiting, value));
  if (options.existing === true) for (const { ref } of letters) await loadExisting(ports.store, ref);
  const receivedAt = clock.now();
  const instances: (InstanceRef & { exists: boolean })[] = [];
  let accepted = false;
  for (const { ref, payload, waiting } of letters) {
    const mail: Mail = { id: eventId, event, payload, receivedAt };
    const delivered = await deliver(ports, ref, mail, waiting);
    accepted ||= delivered.accepted;
    instances.push({ ...ref, exists: delivered.exists });
  }
  return { event, eventId, accepted, instances };
}

interface Letter {
  readonly ref: InstanceRef;
  readonly payload: Mail["payload"];
  readonly waiting: Waiting;
}

/** Which instance the payload is for. All sagas are asked before anything is written. */
function addressed(waiting: Waiting, value: unknown): Letter {
  const { saga, wait, tag } = waiting;
  const awaited = wait.events[tag];
  if (awaited === undefined)
    throw new SagaError("INVARIANT_BROKEN", `The wait "${wait.name}" has no event "${tag}".`);
  const { event, id } = awaited;
  const payload = toStored(event.payload, value, `payload of "${event.name}"`);
  const what = `id that the wait "${wait.name}" of saga "${saga}" finds in "${event.name}"`;
  return { ref: { saga, id: instanceId(id(event.payload.parse(payload)), what) }, payload, waiting };
}

/**
 * Keeps a domain event and wakes its instance: row, head, wake; in that order, so that whoever closes the
 * head sees it.
 */
async function deliver(ports: RuntimePorts, ref: InstanceRef, mail: Mail, { saga, wait }: Waiting) {
  const { registry, store, queue, clock } = ports;
  const written = await store.putMail(ref, mail);
  if (written === "conflict") {
    const problem = `The domain event "${mail.id}" was accepted before with another payload.`;
    throw new SagaError("EVENT_CONFLICT", problem, { details: { event: mail.event, eventId: mail.id } });
  }
  const head = await keepWatched(ports, ref);
  if (head !== undefined) {
    const { plan } = registry.latest(saga);
    const node = namedNodes(plan).get(wait.name);
    const lane = node !== undefined && "lane" in node ? node.lane : plan.lane;
    await queue.send(lane, envelope(ref, clock, { kind: "mail", seq: 0, cause: mail.id, gen: 0, hops: 0 }));
  }
  return { accepted: written === "accepted", exists: head !== undefined };
}

async function give(ports: RuntimePorts, ref: InstanceRef, command: Command, options: CommandOptions) {
  const { registry, store, queue, clock, ids } = ports;
  const commandId = options.commandId ?? ids.id();
  const { actor, reason, where } = options;
  for (let race = 0; race < racesMax; race += 1) {
    const { head, state, entries } = await loadExisting(store, ref);
    const registered = registry.of(head.origin);
    const input = { kind: "command", command: checked(registered, command), commandId, actor } as const;
    const now = clock.now();
    const { origin, rev } = head;
    const current: Head = { origin, rev, ...projectionOf(state, head.settled, head.watchAt) };
    if (where !== undefined && !fits(current, where)) return { applied: false, head: current };
    const decision = decide(registered.plan, state, reason === undefined ? input : { ...input, reason }, now);
    if (decision.kind === "refused") throw withLastCommand(decision.error, entries, now);
    if (decision.kind !== "append") return { applied: false, head: current };
    const entry: JournalEntry = { ...decision.entry, nonce: ids.id() };
    const projection: HeadProjection = projectionOf(decision.state, head.settled, now);
    if ((await store.appendWatched(head.origin, entry, head.rev, projection)) === "lost") continue;
    const { lane } = registered.plan;
    const { n } = entry;
    await queue.send(
      lane,
      envelope(ref, clock, { kind: "command", seq: n, cause: commandId, gen: n, hops: 0 }),
    );
    return { applied: true, head: { origin: head.origin, rev: head.rev + 1, ...projection } };
  }
  throw raceConflict(ref);
}

/** A value that a person gives for a step is checked as if the step had given it. */
function checked({ nodes }: Registered, command: Command): Command {
  if (command.kind !== "resolve" || command.output === undefined) return command;
  const schema = outputSchemaOf(nodes.get(command.step));
  if (schema === undefined) return command;
  return { ...command, output: toStored(schema, command.output, `output given for "${command.step}"`) };
}
