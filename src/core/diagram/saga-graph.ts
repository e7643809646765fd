import { describeDuration } from "../journal/describe-entry.js";
import { describeTimeout } from "../plan/describe-timeout.js";
import type { NamedPlan, PlanNode, SagaPlan } from "../plan/plan.js";

/** What a node of the picture stands for; each has a shape of its own. */
export type GraphNodeKind = PlanNode["kind"] | "start" | "join" | "completed" | "compensated";

/** A node of the picture. */
export interface GraphNode {
  /** Letters and digits; unique in the graph. */
  readonly id: string;
  readonly kind: GraphNodeKind;
  /** Its text, line by line; the first is its name. */
  readonly lines: readonly string[];
}

/** A way from node to node: forward, or back once the saga goes backward. */
export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly way: "forward" | "back";
  readonly label?: string;
}

/** A saga as a picture: every way that an instance can take, without a layout. */
export interface SagaGraph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/** A node whose way on is still to be drawn. */
interface OpenEnd {
  readonly id: string;
  readonly label?: string;
}

/**
 * The picture of a plan. Up to the pivot each way forward has one back, which says how the node that it
 * leaves is undone.
 */
export function graphOf(plan: SagaPlan): SagaGraph {
  const drawing = new Drawing();
  const name = `${plan.saga}, version ${plan.version}`;
  const deadline = plan.deadlineMs === null ? [] : [`deadline ${describeDuration(plan.deadlineMs)}`];
  const start = drawing.add("start", [name, ...deadline]);
  const compensated = () => drawing.add("compensated", endLines(plan, "compensated"));
  const pivot = plan.nodes.findIndex(({ kind }) => kind === "pivot");
  const before = pivot < 0 ? plan.nodes : plan.nodes.slice(0, pivot + 1);
  let ends = drawing.sequence(before, [{ id: start }]);
  drawing.turnBack(start, compensated());
  if (pivot >= 0) ends = drawing.sequence(plan.nodes.slice(pivot + 1), ends);
  drawing.connect(ends, drawing.add("completed", endLines(plan, "completed")));
  return drawing;
}

class Drawing implements SagaGraph {
  readonly nodes: GraphNode[] = [];
  readonly edges: GraphEdge[] = [];

  add(kind: GraphNodeKind, lines: readonly string[]): string {
    const id = `n${this.nodes.length}`;
    this.nodes.push({ id, kind, lines });
    return id;
  }

  connect(ends: readonly OpenEnd[], to: string): void {
    for (const { id, label } of ends) {
      this.edges.push({ from: id, to, way: "forward", ...(label === undefined ? {} : { label }) });
    }
  }

  /** Draws nodes one after the other. @returns where it goes on from there */
  sequence(nodes: readonly PlanNode[], from: readonly OpenEnd[]): readonly OpenEnd[] {
    return nodes.reduce((ends, node) => this.#node(node, ends), from);
  }

  /** Gives every way so far its way back; where it began, the way back ends at `end`. */
  turnBack(start: string, end: string): void {
    const back = this.edges.map(({ from, to }): GraphEdge => {
      const label = this.#undo.get(to);
      const way = { from: to, to: from === start ? end : from, way: "back" } as const;
      return label === undefined ? way : { ...way, label };
    });
    this.edges.push(...back);
  }

  /** How a node is undone, in words, by id. */
  readonly #undo = new Map<string, string>();

  #node(node: PlanNode, from: readonly OpenEnd[]): readonly OpenEnd[] {
    const id = this.add(node.kind, linesOf(node));
    this.connect(from, id);
    if (node.kind === "parallel") {
      const ends = node.branches.flatMap((branch) => this.sequence(branch, [{ id }]));
      const join = this.add("join", [`all of ${node.name}`]);
      this.connect(ends, join);
      return [{ id: join }];
    }
    if (node.kind === "choice") {
      const [then, otherwise] = node.branches;
      return [
        ...this.sequence(then, [{ id, label: "then" }]),
        ...this.sequence(otherwise, [{ id, label: "otherwise" }]),
      ];
    }
    const undo = undoOf(node);
    if (undo !== undefined) this.#undo.set(id, undo);
    return [{ id }];
  }
}

function undoOf(node: NamedPlan): string | undefined {
  const { kind, name } = node;
  if (kind === "pivot") return `${name} refused`;
  if (kind === "emit") return node.takeBack === null ? `${name}: none` : `publish ${node.takeBack}`;
  if (!("compensation" in node) || node.compensation === "forbidden") return undefined;
  return node.compensation === "handler" ? `undo ${name}` : `${name}: ${node.compensation}`;
}

function linesOf(node: PlanNode): readonly string[] {
  const { name } = node;
  switch (node.kind) {
    case "step":
      return node.optional ? [name, "optional"] : [name];
    case "pivot":
      return [name, "PIVOT: no way back from here"];
    case "wait":
      return [name, `waits for ${Object.values(node.events).join(" or ")}`, describeTimeout(node)];
    case "sleep":
      return [name, node.forMs === null ? "sleeps until a time" : `sleeps ${describeDuration(node.forMs)}`];
    case "emit":
      return [name, `publishes ${node.event}`];
    case "parallel":
      return [name, "all branches"];
    case "choice":
      return [`${name}?`];
  }
}

function endLines({ end }: SagaPlan, status: "completed" | "compensated"): readonly string[] {
  const event = end.emits[status];
  return event === undefined ? [status] : [status, `publishes ${event}`];
}
