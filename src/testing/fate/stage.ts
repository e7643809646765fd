import type { Lanes } from "../../core/definition/define-config.js";
import type { AnySaga } from "../../core/definition/nodes.js";
import { createRegistry, type Registry } from "../../runtime/registry.js";
import { type HandlerWrapper, wrapHandlers } from "../handlers/wrap-handlers.js";

/** How sagas are laid out on lanes. */
export interface Layout {
  /** Default `"shared"`. */
  readonly lanes?: Lanes;
  /** Default true. */
  readonly fuse?: boolean;
}

/** Compiled sagas on which world after world is played: compiling takes longer than playing. */
export class Stage {
  readonly registry: Registry;
  #wrapper: HandlerWrapper = (_call, handle) => handle();

  constructor(sagas: readonly AnySaga[], layout: Layout) {
    const wrapped = sagas.map((saga) => wrapHandlers(saga, (call, handle) => this.#wrapper(call, handle)));
    this.registry = createRegistry(wrapped, layout);
  }

  /** From now on this stands between the runtime and every handler: one world at a time. */
  enter(wrapper: HandlerWrapper): void {
    this.#wrapper = wrapper;
  }
}
