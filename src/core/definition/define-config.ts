import { isSagaError, SagaError } from "../../errors/saga-error.js";
import { type Retention, retentionDefault, retentionMs } from "../retention.js";
import type { AwsSettings } from "../topology/aws-settings.js";
import type { ServiceMissing } from "./messages.js";
import type { NoServices } from "./needs.js";
import type { AnySaga } from "./nodes.js";
import { list, quoted } from "./require.js";
import type { SagaDefinition, SagaServices } from "./saga-definition.js";

/** Which steps share a lane: all, those of one saga, or none. */
export type Lanes = "shared" | "per-saga" | "per-step";

/** What `defineConfig` takes besides sagas and services. */
export interface ConfigOptions {
  /**
   * What every resource of a deployed stage is named after, together with the stage: small letters, digits
   * and -, a letter first, at most 30. Needed to deploy.
   */
  readonly name?: string;
  /** The file of the embedded engine, relative to the configuration file. Default `.backstep/local.db`. */
  readonly store?: string;
  /** Which steps share a lane. A step's own `lane` goes before it. Default `"shared"`. */
  readonly lanes?: Lanes;
  /** Whether steps of one lane that follow each other run in one invocation. Default true. */
  readonly fuse?: boolean;
  /**
   * How long an instance is kept after its end, with its journal, mail and published events: a second at
   * least, or `"forever"`; on AWS 2 to 3,650 days. For so long a second start of its id is the same start.
   * Default 30 days.
   */
  readonly retention?: Retention;
  /** How it is deployed to AWS. The embedded engine has no use for it. */
  readonly aws?: AwsSettings;
}

/** A checked configuration, defaults filled in. */
export interface BackstepConfig {
  readonly kind: "config";
  readonly name: string | undefined;
  readonly sagas: readonly AnySaga[];
  /** Opens what the handlers need; called when an engine starts, never by a definition. */
  readonly services: () => unknown;
  readonly store: string;
  readonly lanes: Lanes;
  readonly fuse: boolean;
  readonly retention: Retention;
  /** As it was given: a deployment checks it. */
  readonly aws: AwsSettings;
}

/** What all these sagas need together. */
export type ServicesOf<Saga extends AnySaga> = (
  Saga extends AnySaga
    ? (all: SagaServices<Saga>) => void
    : never
) extends (all: infer All) => void
  ? All
  : never;

/** The sentences about services that are missing, one for each saga and service. */
type MissingServices<Saga extends AnySaga, Supplied> =
  Saga extends SagaDefinition<infer Name, infer _Input, infer _Output, infer Services>
    ? ServiceMissing<Exclude<keyof Services, keyof Supplied> & string, Name>
    : never;

/**
 * Nothing if the services are enough; else what `services` has to be, or the sentences that say what it
 * lacks.
 */
export type ServicesCheck<Sagas extends readonly AnySaga[], Supplied> =
  Supplied extends ServicesOf<Sagas[number]>
    ? unknown
    : [MissingServices<Sagas[number], Supplied>] extends [never]
      ? { readonly services: () => ServicesOf<Sagas[number]> | Promise<ServicesOf<Sagas[number]>> }
      : { readonly services: MissingServices<Sagas[number], Supplied> };

const configKeys = ["name", "sagas", "services", "store", "lanes", "fuse", "retention", "aws"];

/**
 * Declares which sagas run and with which services; the default export of `backstep.config.ts`. Opens
 * nothing.
 *
 * @param config `services` must return what every saga needs, at once or as a promise
 * @throws SagaError CONFIG_INVALID; VERSION_CONFLICT where two sagas have the same name and version
 * @example
 * export default defineConfig({ sagas: [order], services: () => liveServices() });
 */
export function defineConfig<const Sagas extends readonly AnySaga[], Supplied = NoServices>(
  config: ConfigOptions & {
    readonly sagas: Sagas;
    readonly services?: () => Supplied | Promise<Supplied>;
  } & ServicesCheck<Sagas, Supplied>,
): BackstepConfig {
  return checkConfig(config);
}

function checkConfig(config: unknown): BackstepConfig {
  if (typeof config !== "object" || config === null) throw invalid(`The configuration is ${quoted(config)}.`);
  const given = config as Readonly<Record<string, unknown>>;
  const stray = Object.keys(given).find((key) => !configKeys.includes(key));
  if (stray !== undefined)
    throw invalid(`The configuration has the option "${stray}".`, `Use ${list(configKeys)} only.`);
  const { sagas, services = () => ({}), store = ".backstep/local.db", lanes = "shared", fuse = true } = given;
  checkSagas(sagas);
  if (typeof services !== "function") {
    throw invalid(
      `The services of the configuration are ${quoted(services)}.`,
      "Pass a function that opens and returns them.",
    );
  }
  if (typeof store !== "string" || store === "")
    throw invalid(`The store of the configuration is ${quoted(store)}.`);
  if (lanes !== "shared" && lanes !== "per-saga" && lanes !== "per-step") {
    throw invalid(
      `The lanes of the configuration are ${quoted(lanes)}.`,
      'Use "shared", "per-saga" or "per-step".',
    );
  }
  if (typeof fuse !== "boolean")
    throw invalid(`The fuse of the configuration is ${quoted(fuse)}.`, "Use true or false.");
  const { retention = retentionDefault, name, aws = {} } = given;
  checkRetention(retention);
  if (name !== undefined && (typeof name !== "string" || !/^[a-z][a-z0-9-]{0,29}$/.test(name))) {
    const fix = "Use at most 30 small letters, digits and -, a letter first.";
    throw invalid(`The name of the configuration is ${quoted(name)}.`, fix);
  }
  if (typeof aws !== "object" || aws === null)
    throw invalid(`The aws of the configuration is ${quoted(aws)}.`);
  return Object.freeze({
    kind: "config",
    name,
    sagas: Object.freeze([...sagas]),
    services: services as () => unknown,
    store,
    lanes,
    fuse,
    retention,
    aws,
  });
}

function checkRetention(retention: unknown): asserts retention is Retention {
  try {
    retentionMs(retention as Retention);
  } catch (error) {
    if (!isSagaError(error)) throw error;
    throw invalid(error.problem, 'Use a duration such as { days: 30 }, a second at least, or "forever".');
  }
}

function checkSagas(sagas: unknown): asserts sagas is readonly AnySaga[] {
  if (!Array.isArray(sagas)) {
    throw invalid(`The sagas of the configuration are ${quoted(sagas)}.`, "List them: sagas: [order].");
  }
  const seen = new Set<string>();
  for (const [at, saga] of sagas.entries()) {
    if (typeof saga !== "object" || saga === null || saga.kind !== "saga") {
      const fix = "List what build() returned; a chain without build() is not finished.";
      throw invalid(`Entry ${at + 1} of the configuration's sagas is ${quoted(saga)}, not a saga.`, fix);
    }
    const { name, version } = saga as AnySaga;
    if (seen.has(`${name}@${version}`)) {
      throw new SagaError(
        "VERSION_CONFLICT",
        `Two sagas are named "${name}" and have the version ${version}.`,
        {
          details: { saga: name, version },
        },
      );
    }
    seen.add(`${name}@${version}`);
  }
}

function invalid(problem: string, fix?: string): SagaError {
  return new SagaError("CONFIG_INVALID", problem, fix === undefined ? {} : { fix });
}
