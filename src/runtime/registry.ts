import type { AnySaga, DefinitionNode, WaitNode } from "../core/definition/nodes.js";
import { placedNodes } from "../core/definition/placed-nodes.js";
import type { Origin } from "../core/journal/entry.js";
import { type CompileSettings, compile } from "../core/plan/compile.js";
import type { SagaPlan } from "../core/plan/plan.js";
import { isSagaError, SagaError } from "../errors/saga-error.js";

/** A declared version of a saga: its plan, and the handlers beside it. */
export interface Registered {
  readonly plan: SagaPlan;
  readonly saga: AnySaga;
  readonly nodes: ReadonlyMap<string, DefinitionNode>;
}

/** A wait of a declared saga, by the event it waits for. */
export interface Waiting {
  readonly saga: string;
  readonly wait: WaitNode;
  /** The event's tag in the wait; `""` where it is the only one. */
  readonly tag: string;
}

/** The declared sagas. */
export interface Registry {
  /** The newest version. @throws SagaError SAGA_UNKNOWN */
  latest(saga: string): Registered;
  /** The version that an instance was started with. @throws SagaError SAGA_UNKNOWN, VERSION_CONFLICT */
  of(origin: Pick<Origin, "saga" | "version" | "fingerprint">): Registered;
  /**
   * The lane in which an instance is looked at; any where its version is gone: its worker parks it and says
   * why.
   */
  laneOf(origin: Pick<Origin, "saga" | "version" | "fingerprint">): string;
  /**
   * The waits for an event, in the newest version of each saga that has one. @throws SagaError EVENT_UNKNOWN
   */
  waitsFor(event: string): readonly Waiting[];
  /** Every declared version, by name and then version. */
  readonly all: readonly Registered[];
  /** Every lane that a step of a declared saga uses. */
  readonly lanes: readonly string[];
}

/**
 * Compiles the declared sagas.
 * @throws SagaError VERSION_CONFLICT if a name and version is declared twice
 */
export function createRegistry(sagas: readonly AnySaga[], settings: CompileSettings = {}): Registry {
  const byName = new Map<string, Registered[]>();
  for (const saga of sagas) {
    const plan = compile(saga, settings);
    const versions = byName.get(plan.saga) ?? [];
    if (versions.some((other) => other.plan.version === plan.version)) {
      throw new SagaError(
        "VERSION_CONFLICT",
        `The saga "${plan.saga}" declares version ${plan.version} twice.`,
      );
    }
    versions.push({ plan, saga, nodes: nodesByName(saga) });
    byName.set(
      plan.saga,
      versions.sort((a, b) => a.plan.version - b.plan.version),
    );
  }
  const all = [...byName.values()].flat();
  const waits = indexWaits([...byName.values()]);

  function versionsOf(saga: string): Registered[] {
    const versions = byName.get(saga);
    if (versions !== undefined) return versions;
    const known = [...byName.keys()];
    throw new SagaError("SAGA_UNKNOWN", `There is no saga "${saga}"; declared: ${listed(known)}.`, {
      details: { saga, known },
    });
  }

  const lanes = [...new Set(all.flatMap(({ plan }) => [plan.lane, ...lanesOf(plan.nodes)]))];
  const of: Registry["of"] = (origin) => versionOf(versionsOf(origin.saga), origin);

  return {
    all,
    lanes,
    latest: (saga) => versionsOf(saga).at(-1) as Registered,
    of,
    laneOf(origin) {
      try {
        return of(origin).plan.lane;
      } catch (error) {
        if (!isSagaError(error)) throw error;
        return lanes[0] ?? "main";
      }
    },
    waitsFor(event) {
      const found = waits.get(event);
      if (found !== undefined) return found;
      const known = [...waits.keys()];
      throw new SagaError("EVENT_UNKNOWN", `No saga waits for "${event}"; awaited: ${listed(known)}.`, {
        details: { event, known },
      });
    },
  };
}

/** Every node that is started under a name of its own. */
function nodesByName(saga: AnySaga): ReadonlyMap<string, DefinitionNode> {
  const nodes = placedNodes(saga).map(({ node }) => node);
  return new Map(nodes.filter(({ kind }) => kind !== "parallel").map((node) => [node.name, node]));
}

function versionOf(
  versions: readonly Registered[],
  { saga, version, fingerprint }: Pick<Origin, "saga" | "version" | "fingerprint">,
): Registered {
  const found = versions.find(({ plan }) => plan.version === version);
  const details = { saga, version };
  if (found === undefined) {
    const known = versions.map(({ plan }) => plan.version).join(", ");
    const problem = `Version ${version} of the saga "${saga}" is not declared; declared: ${known}.`;
    const fix = `Declare version ${version} again, beside the others, until its instances have ended.`;
    throw new SagaError("SAGA_UNKNOWN", problem, { details, fix });
  }
  if (found.plan.fingerprint !== fingerprint) {
    const problem = `Version ${version} of the saga "${saga}" is not what the instance was started with.`;
    throw new SagaError("VERSION_CONFLICT", problem, { details });
  }
  return found;
}

function indexWaits(sagas: readonly (readonly Registered[])[]): ReadonlyMap<string, readonly Waiting[]> {
  const index = new Map<string, Waiting[]>();
  for (const versions of sagas) {
    const seen = new Set<string>();
    for (const { saga, nodes } of versions.toReversed()) {
      for (const wait of nodes.values()) {
        if (wait.kind !== "wait") continue;
        for (const [tag, { event }] of Object.entries(wait.events)) {
          if (seen.has(event.name)) continue;
          seen.add(event.name);
          index.set(event.name, [...(index.get(event.name) ?? []), { saga: saga.name, wait, tag }]);
        }
      }
    }
  }
  return index;
}

function lanesOf(nodes: SagaPlan["nodes"]): string[] {
  return nodes.flatMap((node) => {
    if ("lane" in node) return [node.lane];
    return "branches" in node ? node.branches.flatMap(lanesOf) : [];
  });
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? "none" : names.map((name) => `"${name}"`).join(", ");
}
