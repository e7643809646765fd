import { SagaError } from "../../errors/saga-error.js";

/** Some of the services: what is left out has no fake. */
export type Fakes<Services> = Services extends (...args: never[]) => unknown
  ? Services
  : Services extends object
    ? { readonly [Name in keyof Services]?: Fakes<Services[Name]> }
    : Services;

/** Under this name services tell which calls they refused. */
const refusedCalls = Symbol("refusedCalls");

/**
 * Services for handlers that must reach none: what has no fake throws an error that names the call and what
 * it was given, such as `services.payments.capture("p-7", { cents }) has no fake`.
 *
 * @param fakes what may be called, at any depth of plain objects. Default nothing
 *
 * @example
 * const services = refusingServices<OrderServices>({
 *   stock: { reserve: async () => ({ reservationId: "r-1" }) },
 * });
 */
export function refusingServices<Services>(fakes?: Fakes<Services>): Services {
  const refused: SagaError[] = [];
  return guard("services", fakes ?? {}, refused) as Services;
}

/** The errors of all calls that such services have refused, in their order; none of other services. */
export function refusedBy(services: unknown): readonly SagaError[] {
  if (typeof services !== "object" || services === null) return [];
  return (services as { readonly [refusedCalls]?: readonly SagaError[] })[refusedCalls] ?? [];
}

function guard(path: string, fakes: object, refused: SagaError[]): object {
  return new Proxy(
    {},
    {
      get(_, name) {
        if (name === refusedCalls) return refused;
        if (typeof name === "symbol" || isAskedByLanguage(name)) return Reflect.get(fakes, name);
        if (!(name in fakes)) return missing(`${path}.${name}`, refused);
        const fake: unknown = Reflect.get(fakes, name);
        if (isPlain(fake)) return guard(`${path}.${name}`, fake, refused);
        return typeof fake === "function" && !isPlain(fakes) ? fake.bind(fakes) : fake;
      },
    },
  );
}

/** What can be called or asked for more, and throws at the call. */
function missing(path: string, refused: SagaError[]): object {
  const refuse = (args: readonly unknown[]): never => {
    const error = new SagaError("TEST_INVALID", `${path}(${args.map(shapeOf).join(", ")}) has no fake.`, {
      fix: `Say what it answers: refusingServices(${fakeFor(path)}).`,
      details: { path },
    });
    refused.push(error);
    throw error;
  };
  return new Proxy(() => undefined, {
    get: (_, name) => {
      return typeof name === "symbol" || isAskedByLanguage(name)
        ? undefined
        : missing(`${path}.${name}`, refused);
    },
    apply: (_, _self, args) => refuse(args),
    construct: (_, args) => refuse(args),
  });
}

/** What is asked of any object by the language and by test runners, and is no service. */
function isAskedByLanguage(name: string): boolean {
  return name === "then" || name === "toJSON" || name === "asymmetricMatch";
}

/** Only these are looked into: what has a class of its own is a fake as a whole. */
function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** `services.payments.capture` → `{ payments: { capture: async () => … } }`. */
function fakeFor(path: string): string {
  const [, ...names] = path.split(".");
  return names.reduceRight((inner, name) => `{ ${name}: ${inner} }`, "async () => …");
}

const charsMax = 40;

/** A value in a few characters: texts and numbers as they are, of an object the names. */
function shapeOf(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(cut(value));
  if (Array.isArray(value)) return value.length === 0 ? "[]" : `[${value.length} items]`;
  if (typeof value === "function") return "() => …";
  if (!isPlain(value)) return cut(String(value));
  const names = Object.keys(value);
  return names.length === 0 ? "{}" : `{ ${cut(names.join(", "))} }`;
}

function cut(text: string): string {
  return text.length > charsMax ? `${text.slice(0, charsMax)}…` : text;
}
