import type { InstanceState, StepRecord } from "../journal/state.js";
import type { NamedPlan, PlanNode, SagaPlan, WaitPlan } from "./plan.js";

/** What is looked up in a plan at every transition. */
interface PlanIndex {
  readonly nodes: ReadonlyMap<string, NamedPlan>;
  readonly pivot: string | undefined;
  readonly hasWaits: boolean;
}

const indexes = new WeakMap<SagaPlan, PlanIndex>();

function indexOf(plan: SagaPlan): PlanIndex {
  const known = indexes.get(plan);
  if (known !== undefined) return known;
  const nodes = new Map(flatten(plan.nodes).map((node) => [node.name, node]));
  const pivot = plan.nodes.find(({ kind }) => kind === "pivot")?.name;
  const hasWaits = [...nodes.values()].some(({ kind }) => kind === "wait");
  const index = { nodes, pivot, hasWaits };
  indexes.set(plan, index);
  return index;
}

/** Every node that is started and settled under a name of its own, in the order of declaration. */
export function namedNodes(plan: SagaPlan): ReadonlyMap<string, NamedPlan> {
  return indexOf(plan).nodes;
}

/** The pivot's name; `undefined` where there is none. */
export function pivotOf(plan: SagaPlan): string | undefined {
  return indexOf(plan).pivot;
}

/** Whether domain events can move an instance. */
export function hasWaits(plan: SagaPlan): boolean {
  return indexOf(plan).hasWaits;
}

/** Whether the point of no return is behind or, for all one knows, under way. */
export function pivotStarted(plan: SagaPlan, state: InstanceState): boolean {
  const pivot = pivotOf(plan);
  const record = pivot === undefined ? undefined : state.steps[pivot];
  return record !== undefined && record.settled !== "refused";
}

function flatten(nodes: readonly PlanNode[]): NamedPlan[] {
  return nodes.flatMap((node) => {
    if (node.kind === "parallel") return node.branches.flatMap(flatten);
    if (node.kind === "choice") return [node, ...node.branches.flatMap(flatten)];
    return [node];
  });
}

/** What may start now, in declared order, and whether everything is done. */
export interface Frontier {
  readonly toStart: readonly NamedPlan[];
  readonly complete: boolean;
}

/** The nodes at which a forward instance goes on. */
export function frontier(plan: SagaPlan, state: Pick<InstanceState, "steps">): Frontier {
  const toStart: NamedPlan[] = [];
  const complete = passSequence(plan.nodes, state, toStart);
  return { toStart, complete };
}

type Steps = Pick<InstanceState, "steps">;

function passSequence(nodes: readonly PlanNode[], state: Steps, toStart: NamedPlan[]): boolean {
  return nodes.every((node) => passNode(node, state, toStart));
}

function passNode(node: PlanNode, state: Steps, toStart: NamedPlan[]): boolean {
  if (node.kind === "parallel") {
    const passed = node.branches.map((branch) => passSequence(branch, state, toStart));
    return passed.every(Boolean);
  }
  const record = state.steps[node.name];
  if (record === undefined) {
    toStart.push(node);
    return false;
  }
  if (!isPassed(record)) return false;
  return node.kind === "choice" ? passSequence(chosen(node.branches, record), state, toStart) : true;
}

function isPassed({ settled }: StepRecord): boolean {
  return settled !== undefined && settled !== "unknown";
}

function chosen<Branch>(branches: readonly [Branch, Branch], record: StepRecord): Branch {
  return record.output === true ? branches[0] : branches[1];
}

/**
 * The waits for an event that are under way or can still come, in the order of declaration. None in an
 * instance that has ended or goes backward: it starts no more waits.
 */
export function openWaits(plan: SagaPlan, state: InstanceState, event: string): readonly WaitPlan[] {
  if (state.ended !== undefined || state.direction === "backward") return [];
  return reachable(plan.nodes, state).filter(
    (node): node is WaitPlan => node.kind === "wait" && waitsFor(node, event),
  );
}

/** Whether a wait takes domain events of this name. */
export function waitsFor(wait: WaitPlan, event: string): boolean {
  return Object.values(wait.events).includes(event);
}

function reachable(nodes: readonly PlanNode[], state: InstanceState): NamedPlan[] {
  return nodes.flatMap((node): NamedPlan[] => {
    if (node.kind === "parallel") return node.branches.flatMap((branch) => reachable(branch, state));
    const record = state.steps[node.name];
    const self = record?.settled === undefined ? [node] : [];
    if (node.kind !== "choice") return self;
    const ways = record?.settled === "done" ? [chosen(node.branches, record)] : node.branches;
    return [...self, ...ways.flatMap((way) => reachable(way, state))];
  });
}

/** The node of that name and everything that can only run after it, in the order of declaration. */
export function fromNode(plan: SagaPlan, name: string): readonly string[] {
  return namesFrom(plan.nodes, name) ?? [];
}

function namesFrom(nodes: readonly PlanNode[], name: string): string[] | undefined {
  for (const [at, node] of nodes.entries()) {
    const after = () => flatten(nodes.slice(at + 1)).map((later) => later.name);
    if (node.kind !== "parallel" && node.name === name) {
      return [...flatten([node]).map((inner) => inner.name), ...after()];
    }
    if (node.kind !== "parallel" && node.kind !== "choice") continue;
    for (const branch of node.branches) {
      const inside = namesFrom(branch, name);
      if (inside !== undefined) return [...inside, ...after()];
    }
  }
  return undefined;
}
