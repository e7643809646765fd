declare const services: unique symbol;

/** The services that handlers need, as a type: loading a saga opens no client. Made by `needs`. */
export interface Needs<Services> {
  readonly kind: "needs";
  /** Exists for the compiler only. */
  readonly [services]: Services;
}

/** The services of a saga or step that declares none. */
// biome-ignore lint/suspicious/noEmptyInterface: its name appears in the compiler's messages.
export interface NoServices {}

/**
 * Declares which services the handlers of a saga or a shared step need; `defineConfig` must supply them.
 *
 * @example
 * defineSaga({ name: "order", version: 1, services: needs<OrderServices>(), input, id })
 */
export function needs<Services>(): Needs<Services> {
  return Object.freeze({ kind: "needs" }) as Needs<Services>;
}
