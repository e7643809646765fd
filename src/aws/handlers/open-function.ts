import type { AnySaga } from "../../core/definition/nodes.js";
import type { CompileSettings } from "../../core/plan/compile.js";
import { createRegistry, type Registry } from "../../runtime/registry.js";
import { createFunctionPorts } from "../aws-ports.js";
import { parseFunctionEnvironment } from "../environment.js";
import { type FunctionLog, logJson } from "./function-log.js";
import type { FunctionPorts } from "./function-ports.js";

/** What a function is made from: the project's configuration, or parts of it. */
export interface FunctionOptions extends CompileSettings {
  readonly sagas: readonly AnySaga[];
  /** Opens what the handlers need, once per environment of the function. Default none. */
  readonly services?: () => unknown;
  /** Default those that the environment variables name; `workerTimeoutMs` then comes from there, too. */
  readonly ports?: FunctionPorts;
  /** Default JSON lines on the standard output. */
  readonly log?: FunctionLog;
}

/** What all functions have in common. It is kept between invocations; nothing of an instance is. */
export interface OpenFunction {
  readonly ports: FunctionPorts;
  readonly registry: Registry;
  readonly log: FunctionLog;
  readonly workerTimeoutMs: number;
}

const workerTimeoutDefaultMs = 30_000;

/**
 * Opens what a function stands on.
 * @throws SagaError ENVIRONMENT_INVALID, VERSION_CONFLICT
 */
export function openFunction(options: FunctionOptions): OpenFunction {
  const { sagas, lanes, fuse, log = logJson } = options;
  const { ports, workerTimeoutMs } = openPorts(options);
  const registry = createRegistry(sagas, {
    workerTimeoutMs,
    ...(lanes === undefined ? {} : { lanes }),
    ...(fuse === undefined ? {} : { fuse }),
  });
  return { ports, registry, log, workerTimeoutMs };
}

function openPorts({ ports, workerTimeoutMs = workerTimeoutDefaultMs }: FunctionOptions) {
  if (ports !== undefined) return { ports, workerTimeoutMs };
  const environment = parseFunctionEnvironment(process.env);
  return { ports: createFunctionPorts(environment), workerTimeoutMs: environment.workerTimeoutMs };
}
