import type { SagaBuilder, SagaHead } from "./builder-types.js";
import {
  emitNode,
  endEvents,
  isBeforePivot,
  isSharedStep,
  sharedStepNode,
  sleepNode,
  stepNode,
  waitNode,
} from "./make-nodes.js";
import type { AnyHandler, AnySaga, ChoiceNode, DefinitionNode } from "./nodes.js";
import { definitionInvalid, quoted, requireFunction, requireRecord } from "./require.js";
import type { Place } from "./step-options.js";
import { checkSaga } from "./validate.js";

/** What the builder carries from call to call. */
interface Draft {
  readonly head: Pick<AnySaga, "name" | "version" | "input" | "id" | "deadline" | "tags" | "redact">;
  readonly place: Place;
  readonly nodes: readonly DefinitionNode[];
  readonly onEnd: AnySaga["onEnd"];
}

/** The one implementation of `SagaBuilder`: it collects nodes. Every call returns a new builder. */
class NodeBuilder {
  readonly #draft: Draft;

  constructor(draft: Draft) {
    this.#draft = draft;
  }

  step(name: string, ...rest: readonly unknown[]): NodeBuilder {
    const [options, mapArgs] = rest;
    if (rest.length > 1 || isSharedStep(options)) {
      return this.#add(sharedStepNode(name, options, mapArgs, this.#draft.place));
    }
    return this.#add(stepNode("step", name, options));
  }

  pivot(name: string, options: unknown): NodeBuilder {
    const next = this.#add(stepNode("pivot", name, options));
    return new NodeBuilder({ ...next.#draft, place: afterPivot(this.#draft.place) });
  }

  waitFor(name: string, options: unknown): NodeBuilder {
    return this.#add(waitNode(name, options, this.#draft.place));
  }

  sleep(name: string, duration: unknown): NodeBuilder {
    return this.#add(sleepNode(name, duration));
  }

  emit(name: string, event: unknown, payload: unknown, takeBack?: unknown): NodeBuilder {
    return this.#add(emitNode(name, event, payload, takeBack));
  }

  parallel(name: string, ...branches: readonly unknown[]): NodeBuilder {
    const nodes = branches.map((branch, at) => this.#branch(`Branch ${at + 1} of ${quoted(name)}`, branch));
    return this.#add({ kind: "parallel", name, branches: Object.freeze(nodes) });
  }

  choice(name: string, ways: unknown): NodeBuilder {
    requireRecord(ways, `The choice ${quoted(name)}`, ["when", "then", "otherwise"]);
    const given = ways as { readonly [Way in keyof ChoiceNode]?: unknown };
    const then = this.#branch(`The way "then" of ${quoted(name)}`, given.then);
    const otherwise =
      given.otherwise === undefined
        ? []
        : this.#branch(`The way "otherwise" of ${quoted(name)}`, given.otherwise);
    return this.#add({ kind: "choice", name, when: given.when as AnyHandler, then, otherwise });
  }

  onEnd(ends: unknown): NodeBuilder {
    this.#requireTrunk("onEnd");
    return new NodeBuilder({ ...this.#draft, onEnd: endEvents(this.#draft.onEnd, ends) });
  }

  build(output?: unknown): AnySaga {
    this.#requireTrunk("build");
    const { head, nodes, onEnd } = this.#draft;
    const result = output as AnyHandler | undefined;
    const saga: AnySaga = Object.freeze({ kind: "saga", ...head, nodes, onEnd, result });
    checkSaga(saga);
    return saga;
  }

  #add(node: DefinitionNode): NodeBuilder {
    return new NodeBuilder({
      ...this.#draft,
      nodes: Object.freeze([...this.#draft.nodes, Object.freeze(node)]),
    });
  }

  #branch(what: string, branch: unknown): readonly DefinitionNode[] {
    requireFunction(branch, what);
    const place = isBeforePivot(this.#draft.place) ? "branchBeforePivot" : "branchAfterPivot";
    const fresh = new NodeBuilder({ ...this.#draft, place, nodes: [] });
    const returned = (branch as (builder: NodeBuilder) => unknown)(fresh);
    if (
      returned instanceof NodeBuilder &&
      returned.#draft.head === this.#draft.head &&
      returned.#isBranch()
    ) {
      return returned.#draft.nodes;
    }
    const found = returned instanceof NodeBuilder ? "another builder" : quoted(returned);
    throw definitionInvalid(
      `${what} returned ${found}.`,
      "Return the builder that the last call in the branch returned.",
    );
  }

  #isBranch(): boolean {
    return this.#draft.place === "branchBeforePivot" || this.#draft.place === "branchAfterPivot";
  }

  #requireTrunk(method: string): void {
    if (!this.#isBranch()) return;
    throw definitionInvalid(
      `A branch of the saga "${this.#draft.head.name}" calls ${method}.`,
      "Call it on the saga.",
    );
  }
}

function afterPivot(place: Place): Place {
  return place === "beforePivot" ? "afterPivot" : place;
}

/** A builder without steps. The types of `SagaBuilder` stand for what `NodeBuilder` does not know. */
export function createBuilder<H extends SagaHead, S, R>(
  head: Draft["head"],
): SagaBuilder<H, "beforePivot", S, R, never> {
  const builder = new NodeBuilder({ head, place: "beforePivot", nodes: [], onEnd: {} });
  return builder as unknown as SagaBuilder<H, "beforePivot", S, R, never>;
}
